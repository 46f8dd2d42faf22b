-- Errors as C functions raise them: with the position of whoever called, and the name by which they were called.
-- Every chunk of this directory bears the name SOURCE; frames of that name, and tail calls inside it, count as C.

local host = ...
local SOURCE = host.SOURCE
local ceil, error, floor, gsub, type, tonumber, tostring, unpack = math.ceil, error, math.floor, string.gsub, type, tonumber, tostring, unpack
local getinfo = debug.getinfo

-- The level, as the caller of this function counts, of the first frame that is not ours.
local function outside()
  local level = 2
  local info = getinfo(level, 'S')
  while info and (info.source == SOURCE or info.what == 'tail') do
    level = level + 1
    info = getinfo(level, 'S')
  end
  return level - 1
end

-- lauxlib.c, luaL_error
local function throw(message)
  local info = getinfo(outside(), 'Sl')
  if info and info.currentline > 0 then
    message = info.short_src .. ':' .. info.currentline .. ': ' .. message
  end
  error(message, 0)
end

-- lauxlib.c, luaL_argerror
local function bad_argument(index, text)
  local info = getinfo(outside() - 1, 'n')
  local name = info and info.name or '?'
  if info and info.namewhat == 'method' then
    index = index - 1
    if index == 0 then
      throw("calling '" .. name .. "' on bad self (" .. text .. ")")
    end
  end
  throw("bad argument #" .. index .. " to '" .. name .. "' (" .. text .. ")")
end

-- `count` is how many arguments there were: beyond it there is "no value".
local function expected(wanted, index, count, value)
  bad_argument(index, wanted .. ' expected, got ' .. (index > count and 'no value' or type(value)))
end

local function check_table(index, count, value)
  if type(value) ~= 'table' then
    expected('table', index, count, value)
  end
end

local function check_number(index, count, value)
  if type(value) == 'number' then
    return value
  end
  local number = type(value) == 'string' and tonumber(value)
  return number or expected('number', index, count, value)
end

-- As C makes a `ptrdiff_t` of a number: what it cannot hold is the smallest one.
local function check_integer(index, count, value)
  local number = check_number(index, count, value)
  if not (number >= -2 ^ 63 and number < 2 ^ 63) then
    return -2 ^ 63
  end
  return number < 0 and ceil(number) or floor(number)
end

-- The lowest 32 bits of an integer, as an `int` of C.
local function int(number)
  number = number % 2 ^ 32
  return number >= 2 ^ 31 and number - 2 ^ 32 or number
end

local function check_int(index, count, value)
  return int(check_integer(index, count, value))
end

local function check_string(index, count, value)
  if type(value) == 'string' then
    return value
  elseif type(value) == 'number' then
    return tostring(value)
  end
  expected('string', index, count, value)
end

-- Whether it is a function of C that one of ours called; `level` is the caller's.
local function is_called_by_us(info, level)
  if info.what ~= 'C' then
    return false
  end
  info = getinfo(level + 2, 'S')
  return info ~= nil and info.source == SOURCE
end

-- So many values at once that unpack alone cannot return them.
local function spread(values, first, last)
  if last - first < 7000 then
    return unpack(values, first, last)
  end
  return values[first], values[first + 1], values[first + 2], values[first + 3], values[first + 4], values[first + 5], values[first + 6],
    values[first + 7], values[first + 8], values[first + 9], spread(values, first + 10, last)
end

-- What lua_pcall is given: makes a table of every error, with the place where it was raised.
-- eval.c: an error in a C function is blamed on its caller.
local function handler(failure)
  local level = 2
  local info = getinfo(level, 'Sl')
  if info and info.what == 'C' then
    level = 3
    info = getinfo(level, 'Sl')
  end
  while info and (info.source == SOURCE or info.what == 'tail' or is_called_by_us(info, level)) do
    level = level + 1
    info = getinfo(level, 'Sl')
  end
  if type(failure) ~= 'table' then
    failure = { err = 'ERR ' .. gsub(tostring(failure), '^sandbox:%d+: ', '') }
  end
  if info then
    failure.source = info.source
    failure.line = info.currentline
  end
  return failure
end

host.READONLY = 'Attempt to modify a readonly table'
host.spread = spread
host.throw = throw
host.bad_argument = bad_argument
host.check_table = check_table
host.check_number = check_number
host.check_integer = check_integer
host.check_int = check_int
host.int = int
host.check_string = check_string
host.handler = handler
