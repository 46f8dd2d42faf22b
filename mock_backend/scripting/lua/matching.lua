-- Lua's pattern matching in Lua, as lstrlib.c has it: slower than C, but whoever stops scripts can stop it.
-- A pattern becomes a chain of functions, one per item; each is told where it stands and answers with where the whole match ends.
-- What is wrong with a pattern is said where a match comes to it, as there.

local host = ...
local throw = host.throw
local byte, char, find, sub = string.byte, string.char, string.find, string.sub

local MOST_CAPTURES = 32
-- So many items call one another, at most; C's stack has no room for many more.
local MOST_ITEMS = 5000
-- Letters that stand for themselves.
local LETTERS = '^[^%^%$%*%+%?%.%(%)%[%%%-]+'
local POSITION = -2
local UNFINISHED = -1

-- Which bytes each class of characters holds, by its text.
local classes, known = {}, 0

local function members_of(class)
  local members = classes[class]
  if not members then
    if known >= 200 then
      classes, known = {}, 0
    end
    members = {}
    local pattern = '^' .. class
    for code = 0, 255 do
      members[code] = find(char(code), pattern) ~= nil
    end
    classes[class], known = members, known + 1
  end
  return members
end

-- Where the class that begins at `at` ends; nil and what is wrong, if it does not.
local function class_end(pattern, at)
  local letter = sub(pattern, at, at)
  if letter == '%' then
    if at == #pattern then
      return nil, "malformed pattern (ends with '%')"
    end
    return at + 2
  elseif letter ~= '[' then
    return at + 1
  end
  at = at + 1
  if sub(pattern, at, at) == '^' then
    at = at + 1
  end
  repeat
    if at > #pattern then
      return nil, "malformed pattern (missing ']')"
    elseif sub(pattern, at, at) == '%' then
      at = at + 1
    end
    at = at + 1
  until sub(pattern, at, at) == ']'
  return at + 1
end

-- The class at `at` as a pattern of its own.
local function class_at(pattern, at, stop)
  local class = sub(pattern, at, stop - 1)
  if #class == 1 and find(class, '%p') and class ~= '.' then
    return '%' .. class
  end
  return class
end

local function failing(message)
  return function()
    throw(message)
  end
end

-- Makes the functions for `pattern` (up to a NUL, as C sees it) on the text `s`; the first of them, and the captures they fill in.
local function compile(s, pattern, at)
  local length = #s
  local starts, lengths, level = {}, {}, 0
  local open = {}
  local items = 0
  local item_at

  local function opened(at, kind)
    if level >= MOST_CAPTURES then
      return failing('too many captures')
    end
    level = level + 1
    local index = level
    if kind == UNFINISHED then
      open[#open + 1] = index
    end
    local following = item_at(at)
    return function(i)
      starts[index], lengths[index] = i, kind
      return following(i)
    end
  end

  local function closed(at)
    local index = open[#open]
    if not index then
      return failing('invalid pattern capture')
    end
    open[#open] = nil
    local following = item_at(at)
    return function(i)
      lengths[index] = i - starts[index]
      local stop = following(i)
      if not stop then
        lengths[index] = UNFINISHED
      end
      return stop
    end
  end

  local function balanced(at)
    local first, last = byte(pattern, at, at + 1)
    if not last then
      return failing('unbalanced pattern')
    end
    local following = item_at(at + 2)
    return function(i)
      if byte(s, i) ~= first then
        return nil
      end
      local depth = 1
      for j = i + 1, length do
        local code = byte(s, j)
        if code == last then
          depth = depth - 1
          if depth == 0 then
            return following(j + 1)
          end
        elseif code == first then
          depth = depth + 1
        end
      end
    end
  end

  local function frontier(at)
    if sub(pattern, at, at) ~= '[' then
      return failing("missing '[' after '%f' in pattern")
    end
    local stop, fault = class_end(pattern, at)
    if not stop then
      return failing(fault)
    end
    local members = members_of(sub(pattern, at, stop - 1))
    local following = item_at(stop)
    return function(i)
      if members[byte(s, i - 1) or 0] or not members[byte(s, i) or 0] then
        return nil
      end
      return following(i)
    end
  end

  local function repeated(at, digit)
    local index = byte(digit) - 48
    local is_open = index < 1 or index > level
    for place = 1, #open do
      is_open = is_open or open[place] == index
    end
    if is_open then
      return failing('invalid capture index')
    end
    local following = item_at(at)
    return function(i)
      local size = lengths[index]
      if size == POSITION or i + size > length + 1 then
        return nil
      elseif sub(s, i, i + size - 1) == sub(s, starts[index], starts[index] + size - 1) then
        return following(i + size)
      end
    end
  end

  local function longest(class, members, following, from)
    local run = '^' .. class .. '*'
    return function(i)
      if from == 1 and not members[byte(s, i)] then
        return nil
      end
      local _, last = find(s, run, i)
      for j = last + 1, i + from, -1 do
        local stop = following(j)
        if stop then
          return stop
        end
      end
    end
  end

  local function shortest(members, following)
    return function(i)
      while true do
        local stop = following(i)
        if stop then
          return stop
        elseif not members[byte(s, i)] then
          return nil
        end
        i = i + 1
      end
    end
  end

  local function letters(text, following)
    local size = #text
    return function(i)
      if sub(s, i, i + size - 1) == text then
        return following(i + size)
      end
    end
  end

  local function single(at)
    local stop, fault = class_end(pattern, at)
    if not stop then
      return failing(fault)
    end
    local suffix = sub(pattern, stop, stop)
    local _, last = find(pattern, LETTERS, at)
    if last and find(pattern, '^[%*%+%?%-]', last + 1) then
      last = last - 1
    end
    if last and last > at then
      return letters(sub(pattern, at, last), item_at(last + 1))
    end
    local class = class_at(pattern, at, stop)
    local members = members_of(class)
    if suffix == '*' or suffix == '+' then
      return longest(class, members, item_at(stop + 1), suffix == '+' and 1 or 0)
    elseif suffix == '-' then
      return shortest(members, item_at(stop + 1))
    elseif suffix == '?' then
      local following = item_at(stop + 1)
      return function(i)
        return members[byte(s, i)] and following(i + 1) or following(i)
      end
    end
    local following = item_at(stop)
    return function(i)
      if members[byte(s, i)] then
        return following(i + 1)
      end
    end
  end

  function item_at(at)
    items = items + 1
    if items > MOST_ITEMS then
      throw('pattern too complex')
    end
    local letter = sub(pattern, at, at)
    if letter == '' then
      return function(i)
        return i
      end
    elseif letter == '(' then
      if sub(pattern, at + 1, at + 1) == ')' then
        return opened(at + 2, POSITION)
      end
      return opened(at + 1, UNFINISHED)
    elseif letter == ')' then
      return closed(at + 1)
    elseif letter == '$' and at == #pattern then
      return function(i)
        return i == length + 1 and i or nil
      end
    elseif letter == '%' then
      local which = sub(pattern, at + 1, at + 1)
      if which == 'b' then
        return balanced(at + 2)
      elseif which == 'f' then
        return frontier(at + 2)
      elseif find(which, '^%d') then
        return repeated(at + 2, which)
      end
    end
    return single(at)
  end

  local first = item_at(at)
  local match = {}

  match.attempt = first

  -- Capture `index`, or the whole match where the pattern has no captures.
  function match.capture(index, from, stop)
    if index > level then
      if index ~= 1 then
        throw('invalid capture index')
      end
      return sub(s, from, stop - 1)
    end
    local size = lengths[index]
    if size == UNFINISHED then
      throw('unfinished capture')
    elseif size == POSITION then
      return starts[index]
    end
    return sub(s, starts[index], starts[index] + size - 1)
  end

  -- All captures from `index` on; `whole`: where there are none, the whole match.
  function match.captures(whole, from, stop, index)
    index = index or 1
    if index <= level or whole and index == 1 then
      return match.capture(index, from, stop), match.captures(whole, from, stop, index + 1)
    end
  end

  return match
end

host.class_end = class_end
host.compile_pattern = compile
