-- string.find, match, gmatch and gsub, which no pattern can make endless.
-- C cannot be stopped while it matches.  So each pattern is looked at once, and gets a limit: on texts up to that length C does it, on
-- longer ones Lua (matching.lua).  No line numbers are kept of this chunk, so that errors of C which it calls name no place in it.

local host = ...
local bad_argument, check_integer, check_string, throw = host.bad_argument, host.check_integer, host.check_string, host.throw
local class_end, compile = host.class_end, host.compile_pattern
local find_bytes, getinfo = host.find_bytes, debug.getinfo
local error, floor, huge, select, tostring, type = error, math.floor, math.huge, select, tostring, type
local concat = table.concat
local byte, find, gmatch, gsub, match, sub = string.byte, string.find, string.gmatch, string.gsub, string.match, string.sub

-- Steps of C that a match may take, at worst: some tenths of a second.
local MOST_STEPS = host.MOST_STEPS
-- Items that call one another on the stack of C.
local MOST_DEPTH = 1000
local MOST_CAPTURES = 32
-- Bytes that a plain search may compare, at worst.
local MOST_COMPARED = 1e9

local SPECIAL = '[%^%$%*%+%?%.%(%[%%%-]'

local function until_nul(text)
  return match(text, '^%Z*')
end

-- What the items of a pattern may cost: how many can be of any length, and the product of what the others do; nil if it is not well
-- formed.  The last item does not count if nothing can fail behind it.
local function cost_of(pattern, at)
  local unbounded, factor, items, level = 0, 1, 0, 0
  local open, is_closed = {}, {}
  local trailing = false
  while at <= #pattern do
    items = items + 1
    local letter, following = sub(pattern, at, at), sub(pattern, at + 1, at + 1)
    if letter == '(' then
      level = level + 1
      if following == ')' then
        is_closed[level] = true
        at = at + 2
      else
        open[#open + 1] = level
        at = at + 1
      end
    elseif letter == ')' then
      local index = open[#open]
      if not index then
        return nil
      end
      open[#open], is_closed[index] = nil, true
      at = at + 1
    elseif letter == '$' and at == #pattern then
      trailing = false
      at = at + 1
    elseif letter == '%' and following == 'b' then
      if at + 3 > #pattern then
        return nil
      end
      unbounded, trailing = unbounded + 1, false
      at = at + 4
    elseif letter == '%' and find(following, '^%d') then
      if not is_closed[byte(following) - 48] then
        return nil
      end
      unbounded, trailing = unbounded + 1, false
      at = at + 2
    else
      local is_frontier = letter == '%' and following == 'f'
      if is_frontier then
        at = at + 2
        if sub(pattern, at, at) ~= '[' then
          return nil
        end
      end
      local stop = class_end(pattern, at)
      if not stop then
        return nil
      end
      at = stop
      trailing = false
      local suffix = not is_frontier and sub(pattern, at, at) or ''
      if suffix == '?' then
        factor = factor * 2
        at = at + 1
      elseif suffix == '*' or suffix == '+' or suffix == '-' then
        unbounded, trailing = unbounded + 1, true
        at = at + 1
      end
    end
  end
  if #open > 0 or level > MOST_CAPTURES or items > MOST_DEPTH then
    return nil
  end
  return trailing and unbounded - 1 or unbounded, factor * (items + 1), level
end

-- The longest text on which C matches the pattern; `anchored`: only at one place.  The second result is the number of its captures.
local function limit_of(pattern, anchored)
  local unbounded, factor, level = cost_of(pattern, anchored and 2 or 1)
  if not unbounded then
    return -1, 0
  end
  local power = anchored and unbounded or unbounded + 1
  -- so many ways there are to cut a text of n into pieces: about n ^ power / power!
  local steps = MOST_STEPS / factor
  if power == 1 then
    return floor(steps * 10), level
  end
  for number = 2, power do
    steps = steps * number
  end
  return power < 1 and huge or floor(steps ^ (1 / power)), level
end

local limits, levels, known = {}, {}, 0

local function learn(pattern)
  if known >= 500 then
    limits, levels, known = {}, {}, 0
  end
  local text = until_nul(pattern)
  known = known + 1
  limits[pattern], levels[pattern] = limit_of(text, byte(text) == 94)
  return limits[pattern]
end

-- gmatch takes a circumflex for itself.
local iterator_limits, iterators_known = {}, 0

local function learn_iterator(pattern)
  if iterators_known >= 500 then
    iterator_limits, iterators_known = {}, 0
  end
  iterators_known = iterators_known + 1
  iterator_limits[pattern] = limit_of(until_nul(pattern), false)
  return iterator_limits[pattern]
end

-- --- find and match ---

local function plain(s, pattern, init)
  if #pattern * (#s - init) > MOST_COMPARED then
    local at = find_bytes(s, pattern, init - 1)
    if at < 0 then
      return nil
    end
    return at + 1, at + #pattern
  end
  return find(s, pattern, init, true)
end

local function search(s, pattern, init, finding)
  local anchored = byte(pattern) == 94
  local found = compile(s, pattern, anchored and 2 or 1)
  local attempt = found.attempt
  for i = init, anchored and init or #s + 1 do
    local stop = attempt(i)
    if stop then
      if finding then
        return i, stop - 1, found.captures(false)
      end
      return found.captures(true, i, stop)
    end
  end
  return nil
end

local function slowly(finding, count, s, pattern, init, is_plain)
  s, pattern = check_string(1, count, s), check_string(2, count, pattern)
  init = init == nil and 1 or check_integer(3, count, init)
  local limit = limits[pattern] or learn(pattern)
  if init < 0 then
    init = #s + init + 1
  end
  init = init < 1 and 1 or init > #s + 1 and #s + 1 or init
  if finding and (is_plain or not find(until_nul(pattern), SPECIAL)) then
    return plain(s, pattern, init)
  end
  if #s - init < limit then
    return (finding and find or match)(s, pattern, init)
  end
  return search(s, until_nul(pattern), init, finding)
end

-- `return kept(slowly(...))` is no tail call of `slowly`: errors are told by what name its caller was called.
local function kept(...)
  return ...
end

local function find_(...)
  local s, pattern, init, is_plain = ...
  local limit = limits[pattern]
  if limit and type(s) == 'string' and #s <= limit and #s < 100000 and init == nil and not is_plain then
    return find(s, pattern)
  end
  return kept(slowly(true, select('#', ...), ...))
end

local function match_(...)
  local s, pattern, init = ...
  local limit = limits[pattern]
  if limit and type(s) == 'string' and #s <= limit and init == nil then
    return match(s, pattern)
  end
  return kept(slowly(false, select('#', ...), ...))
end

-- --- gmatch ---

local function gmatch_(...)
  local count = select('#', ...)
  local s, pattern = ...
  s, pattern = check_string(1, count, s), check_string(2, count, pattern)
  if #s <= (iterator_limits[pattern] or learn_iterator(pattern)) then
    return gmatch(s, pattern)
  end
  local at = 1
  return function()
    local found = compile(s, until_nul(pattern), 1)
    local attempt = found.attempt
    for i = at, #s + 1 do
      local stop = attempt(i)
      if stop then
        at = stop == i and stop + 1 or stop
        return found.captures(true, i, stop)
      end
    end
  end
end

-- --- gsub ---

local function invalid(value)
  local message = 'invalid replacement value (a ' .. type(value) .. ')'
  -- gsub itself, which C or this chunk may be, is blamed on its caller
  local level = 2
  local info = getinfo(level, 'Sl')
  while info and (info.source == host.SOURCE or info.what ~= 'Lua' and info.what ~= 'main') do
    level = level + 1
    info = getinfo(level, 'Sl')
  end
  if info and info.currentline > 0 then
    message = info.short_src .. ':' .. info.currentline .. ': ' .. message
  end
  error(message, 0)
end

local function checked(value)
  if value and type(value) ~= 'string' and type(value) ~= 'number' then
    invalid(value)
  end
  return value
end

-- What gsub puts in the place of a match: of a function or a table as a function that C can be given.
local function replacing(replacement)
  if type(replacement) == 'table' then
    return function(key)
      return checked(replacement[key])
    end
  end
  return function(...)
    return checked(replacement(...))
  end
end

-- The text of a replacement, `%1` and its like filled in.
local function filled(replacement, found, from, stop)
  local text, at = '', 1
  while true do
    local sign = find(replacement, '%', at, true)
    if not sign then
      return text .. sub(replacement, at)
    end
    local letter = sub(replacement, sign + 1, sign + 1)
    if letter == '' then
      letter = '\0'
    elseif letter == '0' then
      letter = found.whole(from, stop)
    elseif find(letter, '%d') then
      letter = found.capture(byte(letter) - 48, from, stop)
    end
    text = text .. sub(replacement, at, sign - 1) .. letter
    at = sign + 2
  end
end

local function replaced(s, pattern, replacement, most)
  local anchored = byte(pattern) == 94
  local found = compile(s, pattern, anchored and 2 or 1)
  function found.whole(from, stop)
    return sub(s, from, stop - 1)
  end
  local attempt, is_text = found.attempt, type(replacement) == 'string'
  local with = not is_text and replacing(replacement)
  local out, n, count, at = {}, 0, 0, 1
  while count < most do
    local stop = attempt(at)
    if stop then
      count = count + 1
      local text
      if is_text then
        text = filled(replacement, found, at, stop)
      elseif type(replacement) == 'table' then
        text = with(found.capture(1, at, stop))
      else
        text = with(found.captures(true, at, stop))
      end
      n = n + 1
      out[n] = text or sub(s, at, stop - 1)
    end
    if stop and stop > at then
      at = stop
    elseif at <= #s then
      n = n + 1
      out[n] = sub(s, at, at)
      at = at + 1
    else
      break
    end
    if anchored then
      break
    end
  end
  return concat(out, '', 1, n) .. sub(s, at), count
end

-- The highest capture that a replacement names.
local function highest(replacement)
  local most = 0
  for digit in gmatch(gsub(replacement, '%%%%', ''), '%%(%d)') do
    most = byte(digit) - 48 > most and byte(digit) - 48 or most
  end
  return most
end

local function gsub_(...)
  local s, pattern, replacement, most = ...
  local limit = limits[pattern]
  if limit and type(s) == 'string' and #s <= limit and type(replacement) == 'string' and most == nil
    and not find(replacement, '%', 1, true) then
    return gsub(s, pattern, replacement)
  end
  local count = select('#', ...)
  s, pattern = check_string(1, count, s), check_string(2, count, pattern)
  if most ~= nil then
    most = check_integer(4, count, most)
  end
  local kind = type(replacement)
  if kind == 'number' then
    replacement, kind = tostring(replacement), 'string'
  elseif kind ~= 'string' and kind ~= 'table' and kind ~= 'function' then
    bad_argument(3, 'string/function/table expected')
  end
  limit = limits[pattern] or learn(pattern)
  if #s > limit then
    return replaced(s, until_nul(pattern), replacement, most or #s + 1)
  elseif kind ~= 'string' then
    return gsub(s, pattern, replacing(replacement), most)
  elseif find(replacement, '%', 1, true) and highest(replacement) > (levels[pattern] > 0 and levels[pattern] or 1) then
    return replaced(s, until_nul(pattern), replacement, most or #s + 1) -- which says that there is no such capture, if it comes to it
  end
  return gsub(s, pattern, replacement, most)
end

return { find = find_, match = match_, gmatch = gmatch_, gsub = gsub_ }
