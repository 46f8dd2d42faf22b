-- The library `cmsgpack` 0.4.0: MessagePack, with the server's choice among the formats.
-- Whole numbers take the shortest integer, others a float where it is exact and else a double; a table whose keys are 1 to n is an
-- array, the empty one too.  Doubles are turned by the host.

local host = ...
local bad_argument, throw = host.bad_argument, host.throw
local check_string, check_integer = host.check_string, host.check_integer
local pack_number, unpack_float = host.pack_msgpack_float, host.unpack_float
local byte, char, sub, reverse = string.byte, string.char, string.sub, string.reverse
local concat, floor, next, pairs, select, type = table.concat, math.floor, next, pairs, select, type
local error, int, raw, spread = error, host.int, host.raw, host.spread

local MAX_NESTING = 16
-- So many values fit on the server's stack (luaconf.h, LUAI_MAXCSTACK).
local MOST_VALUES = 8000
local TWO_32, TWO_63 = 2 ^ 32, 2 ^ 63

local function two(n)
  return char(floor(n / 256), n % 256)
end

local function four(n)
  return char(floor(n / 16777216), floor(n / 65536) % 256, floor(n / 256) % 256, n % 256)
end

local function integer(n)
  if n >= 0 then
    if n <= 127 then
      return char(n)
    elseif n <= 255 then
      return '\204' .. char(n)
    elseif n <= 65535 then
      return '\205' .. two(n)
    elseif n < TWO_32 then
      return '\206' .. four(n)
    end
    return '\207' .. four(floor(n / TWO_32)) .. four(n % TWO_32)
  elseif n >= -32 then
    return char(n + 256)
  elseif n >= -128 then
    return '\208' .. char(n + 256)
  elseif n >= -32768 then
    return '\209' .. two(n + 65536)
  elseif n >= -2147483648 then
    return '\210' .. four(n + TWO_32)
  end
  return '\211' .. four(floor(n / TWO_32) + TWO_32) .. four(n % TWO_32)
end

local function string_header(length)
  if length < 32 then
    return char(160 + length)
  elseif length <= 255 then
    return '\217' .. char(length)
  elseif length <= 65535 then
    return '\218' .. two(length)
  end
  return '\219' .. four(length)
end

local function container_header(length, short, medium, long)
  if length <= 15 then
    return char(short + length)
  elseif length <= 65535 then
    return medium .. two(length)
  end
  return long .. four(length)
end

-- How many elements the table has as an array; nil, and its number of keys, if it is none.
local function array_length(t)
  local count, largest, array = 0, 0, true
  for key in next, t do
    count = count + 1
    if array then
      if type(key) ~= 'number' or key <= 0 or key ~= floor(key) or key > 2147483647 then
        array = false
      elseif key > largest then
        largest = key
      end
    end
  end
  if array and largest == count then
    return count
  end
  return nil, count
end

local function append(out, n, value, level)
  local kind = type(value)
  if kind == 'string' then
    out[n + 1] = string_header(#value)
    out[n + 2] = value
    return n + 2
  elseif kind == 'number' then
    if value == floor(value) and value >= -TWO_63 and value < TWO_63 then
      out[n + 1] = integer(value)
    else
      out[n + 1] = pack_number(value)
    end
    return n + 1
  elseif kind == 'boolean' then
    out[n + 1] = value and '\195' or '\194'
    return n + 1
  elseif kind == 'table' and level < MAX_NESTING then
    local fields = raw[value] or value
    local length, keys = array_length(fields)
    if length then
      n = n + 1
      out[n] = container_header(length, 144, '\220', '\221')
      for index = 1, length do
        n = append(out, n, fields[index], level + 1)
      end
    else
      n = n + 1
      out[n] = container_header(keys, 128, '\222', '\223')
      for key, item in next, fields do
        n = append(out, n, key, level + 1)
        n = append(out, n, item, level + 1)
      end
    end
    return n
  end
  out[n + 1] = '\192'
  return n + 1
end

local function pack(...)
  local count = select('#', ...)
  if count == 0 then
    bad_argument(0, 'MessagePack pack needs input.')
  end
  local out, n = {}, 0
  for index = 1, count do
    n = append(out, n, (select(index, ...)), 0)
  end
  return concat(out, '', 1, n)
end

local function missing()
  throw('Missing bytes in input.')
end

local function unsigned_2(s, at)
  local a, b = byte(s, at, at + 1)
  return b and a * 256 + b or missing()
end

local function unsigned_4(s, at)
  local a, b, c, d = byte(s, at, at + 3)
  return d and ((a * 256 + b) * 256 + c) * 256 + d or missing()
end

-- 64 bits, unsigned ones too, go through a signed integer there.
local function signed_8(s, at)
  local upper = unsigned_4(s, at)
  if upper >= 2147483648 then
    upper = upper - TWO_32
  end
  return upper * TWO_32 + unsigned_4(s, at + 4)
end

local function text(s, at, length)
  if at + length - 1 > #s then
    missing()
  end
  return sub(s, at, at + length - 1), at + length
end

local value_at

local function need(top, function_)
  if top > MOST_VALUES then
    throw('stack overflow (' .. function_ .. ')')
  end
end

-- `top` is how much the server's stack holds: an array and an index stand on it, or a map and a key.
local function array_at(s, at, top, length)
  need(top + 2, 'in function mp_decode_to_lua_array')
  local array = {}
  for index = 1, length do
    array[index], at = value_at(s, at, top + 2)
  end
  return array, at
end

local function map_at(s, at, top, length)
  local map, key, item = {}
  for _ = 1, length do
    key, at = value_at(s, at, top + 1)
    item, at = value_at(s, at, top + 2)
    if key == nil then
      error('table index is nil', 0)
    elseif key ~= key then
      error('table index is NaN', 0)
    end
    map[key] = item
  end
  return map, at
end

local READERS = {
  [192] = function(s, at) return nil, at end,
  [194] = function(s, at) return false, at end,
  [195] = function(s, at) return true, at end,
  [202] = function(s, at)
    local bytes, after = text(s, at, 4)
    return unpack_float('f', reverse(bytes)), after
  end,
  [203] = function(s, at)
    local bytes, after = text(s, at, 8)
    return unpack_float('d', reverse(bytes)), after
  end,
  [204] = function(s, at) return byte(s, at) or missing(), at + 1 end,
  [205] = function(s, at) return unsigned_2(s, at), at + 2 end,
  [206] = function(s, at) return unsigned_4(s, at), at + 4 end,
  [207] = function(s, at) return signed_8(s, at), at + 8 end,
  [208] = function(s, at)
    local n = byte(s, at) or missing()
    return n < 128 and n or n - 256, at + 1
  end,
  [209] = function(s, at)
    local n = unsigned_2(s, at)
    return n < 32768 and n or n - 65536, at + 2
  end,
  [210] = function(s, at)
    local n = unsigned_4(s, at)
    return n < 2147483648 and n or n - TWO_32, at + 4
  end,
  [211] = function(s, at) return signed_8(s, at), at + 8 end,
  [217] = function(s, at) return text(s, at + 1, byte(s, at) or missing()) end,
  [218] = function(s, at) return text(s, at + 2, unsigned_2(s, at)) end,
  [219] = function(s, at) return text(s, at + 4, unsigned_4(s, at)) end,
  [220] = function(s, at, top) return array_at(s, at + 2, top, unsigned_2(s, at)) end,
  [221] = function(s, at, top) return array_at(s, at + 4, top, unsigned_4(s, at)) end,
  [222] = function(s, at, top) return map_at(s, at + 2, top, unsigned_2(s, at)) end,
  [223] = function(s, at, top) return map_at(s, at + 4, top, unsigned_4(s, at)) end,
}

-- The value that begins at `at`, and where the next one does.
function value_at(s, at, top)
  need(top + 1, 'too many return values at once; use unpack_one or unpack_limit instead.')
  local code = byte(s, at)
  if not code then
    missing()
  elseif code < 128 then
    return code, at + 1
  elseif code < 144 then
    return map_at(s, at + 1, top, code - 128)
  elseif code < 160 then
    return array_at(s, at + 1, top, code - 144)
  elseif code < 192 then
    local last = at + code - 160
    if last > #s then
      missing()
    end
    return sub(s, at + 1, last), last + 1
  elseif code >= 224 then
    return code - 256, at + 1
  end
  local reader = READERS[code]
  if not reader then
    throw('Bad data format in input.')
  end
  return reader(s, at + 1, top)
end

local function unpack_full(s, limit, offset)
  local length = #s
  local all = limit == 0 and offset == 0
  if offset < 0 or limit < 0 then
    throw('Invalid request to unpack with offset of ' .. int(offset) .. ' and limit of ' .. length .. '.')
  elseif offset > length then
    throw('Start offset ' .. int(offset) .. ' greater than input length ' .. length .. '.')
  end
  local values, count, top, at = {}, 0, 1, offset + 1
  if not all then
    count = 1
    limit = limit + 1
  end
  while at <= length and (all or count < limit) do
    count = count + 1
    values[count], at = value_at(s, at, top)
    top = top + 1
  end
  if not all then
    need(top + 1, 'in function mp_unpack_full')
    values[1] = at > length and -1 or at - 1
  end
  return spread(values, 1, count)
end

local function unpack_all(...)
  return unpack_full(check_string(1, select('#', ...), (...)), 0, 0)
end

local function unpack_one(...)
  local count = select('#', ...)
  local s, offset = ...
  offset = offset == nil and 0 or check_integer(2, count, offset)
  return unpack_full(check_string(1, count, s), 1, offset)
end

local function unpack_limit(...)
  local count = select('#', ...)
  local s, limit, offset = ...
  limit = check_integer(2, count, limit)
  offset = offset == nil and 0 or check_integer(3, count, offset)
  return unpack_full(check_string(1, count, s), limit, offset)
end

return {
  pack = pack,
  unpack = unpack_all,
  unpack_one = unpack_one,
  unpack_limit = unpack_limit,
  _NAME = 'cmsgpack',
  _VERSION = 'lua-cmsgpack 0.4.0',
  _COPYRIGHT = 'Copyright (C) 2012, Redis Ltd.',
  _DESCRIPTION = 'MessagePack C implementation for Lua',
}
