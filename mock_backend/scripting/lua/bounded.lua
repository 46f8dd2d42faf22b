-- Functions of Lua's that could go on in C for very long, where nobody can stop them: the same, within bounds.
-- No line numbers are kept of this chunk, so that errors of C which it calls name no place in it.

local host = ...
local bad_argument, throw, raw = host.bad_argument, host.throw, host.raw
local check_int, check_string, check_table = host.check_int, host.check_string, host.check_table
local collect, error, floor, select, type = collectgarbage, error, math.floor, select, type
local rawget, rawset = rawget, rawset
local insert, rep, sort = table.insert, string.rep, table.sort

-- Elements that C may move at once.
local MOST_MOVED = 1000000
-- Elements that C may sort at once.
local MOST_SORTED = 100000
local MOST_MEMORY = host.MOST_MEMORY

local function rep_(...)
  local s, count = ...
  if type(s) == 'string' and type(count) == 'number' and count < 10000 and count > -10000 and #s < 10000 then
    return rep(s, count)
  end
  local given = select('#', ...)
  s = check_string(1, given, s)
  count = check_int(2, given, count)
  if s == '' or count <= 0 then
    return ''
  elseif #s * count > MOST_MEMORY then
    error('not enough memory', 0)
  elseif #s * count < 1000000 then
    return rep(s, count)
  end
  local text = ''
  while count > 0 do
    if count % 2 == 1 then
      text = text .. s
      count = count - 1
    end
    if count > 0 then
      s, count = s .. s, count / 2
    end
  end
  return text
end

local function insert_(...)
  local count = select('#', ...)
  local t, place, value = ...
  if count == 2 and type(t) == 'table' and not raw[t] then
    return insert(t, place)
  end
  check_table(1, count, t)
  if raw[t] then
    if count == 2 or count == 3 then
      error(host.READONLY, 0)
    end
    throw("wrong number of arguments to 'insert'")
  elseif count ~= 3 then
    throw("wrong number of arguments to 'insert'")
  end
  place = check_int(2, count, place)
  local last = #t + 1
  if last - place <= MOST_MOVED then
    return insert(t, place, value)
  end
  for index = last, place + 1, -1 do
    rawset(t, index, rawget(t, index - 1))
  end
  rawset(t, place, value)
end

-- ltablib.c, auxsort: the same steps, so that what an unstable sort leaves is the same.
local function order(t, low, high, less)
  local function disordered()
    throw('invalid order function for sorting')
  end
  local function swap_if(one, other)
    local a, b = t[one], t[other]
    if less(b, a) then
      rawset(t, one, b)
      rawset(t, other, a)
    end
  end
  while low < high do
    swap_if(low, high)
    if high - low == 1 then
      break
    end
    local middle = floor((low + high) / 2)
    local a, b = rawget(t, middle), rawget(t, low)
    if less(a, b) then
      rawset(t, middle, b)
      rawset(t, low, a)
    else
      b = rawget(t, high)
      if less(b, a) then
        rawset(t, middle, b)
        rawset(t, high, a)
      end
    end
    if high - low == 2 then
      break
    end
    local pivot = rawget(t, middle)
    rawset(t, middle, rawget(t, high - 1))
    rawset(t, high - 1, pivot)
    local i, j = low, high - 1
    while true do
      i = i + 1
      local left = rawget(t, i)
      while less(left, pivot) do
        if i > high then
          disordered()
        end
        i = i + 1
        left = rawget(t, i)
      end
      j = j - 1
      local right = rawget(t, j)
      while less(pivot, right) do
        if j < low then
          disordered()
        end
        j = j - 1
        right = rawget(t, j)
      end
      if j < i then
        break
      end
      rawset(t, i, right)
      rawset(t, j, left)
    end
    a = rawget(t, high - 1)
    rawset(t, high - 1, rawget(t, i))
    rawset(t, i, a)
    if i - low < high - i then
      order(t, low, i - 1, less)
      low = i + 1
    else
      order(t, i + 1, high, less)
      high = i - 1
    end
  end
end

-- What cannot be compared C is given, which says so without naming a place.
local function before(one, other)
  local kind = type(one)
  if kind ~= type(other) or kind ~= 'number' and kind ~= 'string' then
    local pair = { other, one }
    sort(pair)
    return rawget(pair, 1) ~= other
  end
  return one < other
end

local function sort_(...)
  local t, less = ...
  local count = select('#', ...)
  check_table(1, count, t)
  if less == nil then
    if #t <= MOST_SORTED then
      return sort(t)
    end
    less = before
  elseif type(less) ~= 'function' then
    bad_argument(2, 'function expected, got ' .. type(less))
  end
  order(t, 1, #t, less)
end

-- --- the collector ---

local pauses = { setpause = 200, setstepmul = 200 }
local OPTIONS = { stop = true, restart = true, collect = true, count = true, step = true, setpause = true, setstepmul = true }

-- Scripts do not stop the collector: the next ones need it.
local function collectgarbage_(...)
  local given = select('#', ...)
  local option, number = ...
  option = option == nil and 'collect' or check_string(1, given, option)
  if not OPTIONS[option] then
    bad_argument(1, "invalid option '" .. option .. "'")
  end
  number = number == nil and 0 or check_int(2, given, number)
  if option == 'stop' or option == 'restart' then
    return 0
  elseif pauses[option] then
    local old = pauses[option]
    pauses[option] = number
    return old
  elseif option == 'step' then
    return collect(option, number)
  end
  return collect(option)
end

host.collectgarbage = collectgarbage_

return { rep = rep_, insert = insert_, sort = sort_ }
