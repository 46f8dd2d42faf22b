-- The library `cjson` 2.1.0: JSON both ways.
-- The decoder lexes a token only where it looks at it; what was found instead is worked out when there is something to complain of.

local host = ...
local bad_argument, throw, raw, null = host.bad_argument, host.throw, host.raw, host.null
local check_string, check_integer = host.check_string, host.check_integer
local byte, char, find, format, gsub, lower, match, sub = string.byte, string.char, string.find, string.format, string.gsub,
  string.lower, string.match, string.sub
local concat, floor, huge, next, select, tonumber, tostring, type = table.concat, math.floor, math.huge, next, select, tonumber,
  tostring, type

local INT_MAX, INT_MIN = 2147483647, -2147483648
-- So many values fit on the server's stack (luaconf.h, LUAI_MAXCSTACK).
local MOST_VALUES = 8000

local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\t'] = '\\t', ['\n'] = '\\n', ['\f'] = '\\f',
  ['\r'] = '\\r', ['\127'] = '\\u007f' }
for code = 0, 31 do
  local letter = char(code)
  ESCAPES[letter] = ESCAPES[letter] or format('\\u%04x', code)
end
local SPECIAL = '[%c%z"/\\]'

local UNESCAPES = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', t = '\t', n = '\n', f = '\f', r = '\r' }

local NAMES = { ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [','] = 'T_COMMA',
  [':'] = 'T_COLON', ['"'] = 'T_STRING', [''] = 'T_END', ['\0'] = 'T_END' }

-- --- encoding ---

local append

local function quoted(text)
  if find(text, SPECIAL) then
    text = gsub(text, SPECIAL, ESCAPES)
  end
  return '"' .. text .. '"'
end

local function refuse(kind, reason)
  throw('Cannot serialise ' .. kind .. ': ' .. reason)
end

local function number_text(value, config)
  if value ~= value or value == huge or value == -huge then
    if config.encode_invalid_numbers == 'off' then
      refuse('number', 'must not be NaN or Inf')
    elseif config.encode_invalid_numbers == 'null' then
      return 'null'
    elseif value ~= value then
      return 'nan'
    end
  end
  return format(config.number_format, value)
end

-- How many elements the table has as an array; -1: it is an object.
local function array_length(t, config)
  local largest, items = 0, 0
  for key in next, t do
    if type(key) ~= 'number' or key < 1 or floor(key) ~= key then
      return -1
    end
    if key > largest then
      largest = key <= INT_MAX and key or INT_MIN -- as an `int` of C
    end
    items = items + 1
  end
  local ratio = config.sparse_ratio
  if ratio > 0 and largest > items * ratio and largest > config.sparse_safe then
    if not config.sparse_convert then
      refuse('table', 'excessively sparse array')
    end
    return -1
  end
  return largest
end

-- `top` is how much the server's stack holds: of each array an element stands on it, of each object a key and a value.
local function append_table(out, n, t, config, depth, top)
  if depth > config.encode_max_depth or top + 3 > MOST_VALUES then
    throw('Cannot serialise, excessive nesting (' .. depth .. ')')
  end
  t = raw[t] or t
  local length = array_length(t, config)
  n = n + 1
  if length > 0 then
    out[n] = '['
    for index = 1, length do
      if index > 1 then
        n = n + 1
        out[n] = ','
      end
      n = append(out, n, t[index], config, depth, top + 1)
    end
    out[n + 1] = ']'
    return n + 1
  end
  out[n] = '{'
  local begun = false
  for key, value in next, t do
    if begun then
      n = n + 1
      out[n] = ','
    end
    begun = true
    local kind = type(key)
    n = n + 1
    if kind == 'string' then
      out[n] = quoted(key) .. ':'
    elseif kind == 'number' then
      out[n] = '"' .. number_text(key, config) .. '":'
    else
      refuse(kind, 'table key must be a number or string')
    end
    n = append(out, n, value, config, depth, top + 2)
  end
  out[n + 1] = '}'
  return n + 1
end

function append(out, n, value, config, depth, top)
  local kind = type(value)
  if kind == 'string' then
    out[n + 1] = quoted(value)
  elseif kind == 'number' then
    out[n + 1] = number_text(value, config)
  elseif kind == 'boolean' then
    out[n + 1] = value and 'true' or 'false'
  elseif kind == 'table' then
    return append_table(out, n, value, config, depth + 1, top)
  elseif value == nil or value == null then
    out[n + 1] = 'null'
  else
    refuse(kind, 'type not supported')
  end
  return n + 1
end

-- --- decoding: tokens ---

-- The bytes of a code point in UTF-8.
local function utf8(code)
  if code < 128 then
    return char(code)
  elseif code < 2048 then
    return char(192 + floor(code / 64), 128 + code % 64)
  elseif code < 65536 then
    return char(224 + floor(code / 4096), 128 + floor(code / 64) % 64, 128 + code % 64)
  end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, 128 + floor(code / 64) % 64, 128 + code % 64)
end

-- The character that the escape `\uXXXX` at `at` stands for, and where it ends; nil: it is none.
local function unicode_at(s, at)
  local digits = match(s, '^%x%x%x%x', at + 2)
  local code = digits and tonumber(digits, 16)
  if not code then
    return nil
  elseif code < 0xD800 or code > 0xDFFF then
    return utf8(code), at + 6
  end
  local second = code < 0xDC00 and match(s, '^\\u(%x%x%x%x)', at + 6)
  local low = second and tonumber(second, 16)
  if not low or low < 0xDC00 or low > 0xDFFF then
    return nil
  end
  return utf8((code - 0xD800) * 1024 + low - 0xDC00 + 0x10000), at + 12
end

-- The string whose opening quote is at `at`, and where it ends; nil, what is wrong, and where.
local function string_at(s, at)
  local from = at + 1
  local stop = find(s, '["\\%z]', from)
  if stop and byte(s, stop) == 34 then
    return sub(s, from, stop - 1), stop + 1
  end
  local parts, n = {}, 0
  while stop and byte(s, stop) == 92 do
    n = n + 1
    parts[n] = sub(s, from, stop - 1)
    local letter = sub(s, stop + 1, stop + 1)
    n = n + 1
    if letter == 'u' then
      parts[n], from = unicode_at(s, stop)
      if not from then
        return nil, 'invalid unicode escape code', stop
      end
    else
      parts[n], from = UNESCAPES[letter], stop + 2
      if not parts[n] then
        return nil, 'invalid escape code', stop
      end
    end
    stop = find(s, '["\\%z]', from)
  end
  if not stop or byte(s, stop) ~= 34 then
    return nil, 'unexpected end of string', stop or #s + 1
  end
  parts[n + 1] = sub(s, from, stop - 1)
  return concat(parts), stop + 1
end

-- What strtod reads at `at`, and where it ends; nil if nothing.
local function strtod(s, at)
  local sign, body = match(s, '^([+-]?)()', at)
  local last = select(2, find(s, '^%d+%.?%d*', body)) or select(2, find(s, '^%.%d+', body))
  if last then
    local hexadecimal = select(2, find(s, '^0[xX]%x+%.?%x*', body)) or select(2, find(s, '^0[xX]%.%x+', body))
    if hexadecimal then
      hexadecimal = select(2, find(s, '^[pP][+-]?%d+', hexadecimal + 1)) or hexadecimal
      local value = tonumber(sub(s, body, hexadecimal))
      return sign == '-' and -value or value, hexadecimal + 1
    end
    last = select(2, find(s, '^[eE][+-]?%d+', last + 1)) or last
    return tonumber(sub(s, at + (sign == '+' and 1 or 0), last)), last + 1
  end
  local word = lower(sub(s, body, body + 7))
  if word == 'infinity' or sub(word, 1, 3) == 'inf' then
    return sign == '-' and -huge or huge, body + (word == 'infinity' and 8 or 3)
  elseif sub(word, 1, 3) == 'nan' then
    return -(0 / 0), body + 3
  end
  return nil
end

-- Whether it is a number only for strtod, not for JSON.
local function is_invalid_number(s, at)
  return find(s, '^%+', at) or find(s, '^%-?0[xX%d]', at) or find(s, '^%-?[iI][nN][fF]', at) or find(s, '^%-?[nN][aA][nN]', at)
end

-- The value of a scalar token at `at`, the token's type, and where it ends; nil, the error, and where it is.
local function scalar_at(s, at, config)
  local code = byte(s, at)
  if code == 34 then
    local text, after, place = string_at(s, at)
    if not text then
      return nil, after, place
    end
    return text, 'T_STRING', after
  elseif code == 45 or code and code >= 48 and code <= 57 then
    local value, after
    if config.decode_invalid_numbers or not is_invalid_number(s, at) then
      value, after = strtod(s, at)
    end
    if not value then
      return nil, 'invalid number', at
    end
    return value, 'T_NUMBER', after
  elseif find(s, '^true', at) then
    return true, 'T_BOOLEAN', at + 4
  elseif find(s, '^false', at) then
    return false, 'T_BOOLEAN', at + 5
  elseif find(s, '^null', at) then
    return null, 'T_NULL', at + 4
  elseif config.decode_invalid_numbers and find(s, '^[+iInN]', at) and is_invalid_number(s, at) then
    local value, after = strtod(s, at)
    if not value then
      return nil, 'invalid number', at
    end
    return value, 'T_NUMBER', after
  end
  return nil, 'invalid token', at
end

local function unexpected(wanted, s, at, config)
  local found = NAMES[sub(s, at, at)]
  if not found or found == 'T_STRING' then
    local value, kind, place = scalar_at(s, at, config)
    found = kind
    if value == nil then
      at = place
    end
  end
  throw('Expected ' .. wanted .. ' but found ' .. found .. ' at character ' .. at)
end

-- --- decoding: values ---

local function blank(s, at)
  return find(s, '[^ \t\n\r]', at) or #s + 1
end

-- `top` is how much the server's stack holds: of each array the table stands on it, of each object a key, too.
local function descend(depth, at, config, top)
  if depth > config.decode_max_depth or top > MOST_VALUES then
    throw('Found too many nested data structures (' .. depth .. ') at character ' .. at)
  end
end

local value_at

local function array_at(s, at, config, depth, top)
  descend(depth, at, config, top + 2)
  local array, n = {}, 0
  at = blank(s, at + 1)
  if byte(s, at) == 93 then
    return array, at + 1
  end
  while true do
    n = n + 1
    array[n], at = value_at(s, at, config, depth, top + 1)
    at = blank(s, at)
    local code = byte(s, at)
    if code == 93 then
      return array, at + 1
    elseif code ~= 44 then
      unexpected('comma or array end', s, at, config)
    end
    at = blank(s, at + 1)
  end
end

local function object_at(s, at, config, depth, top)
  descend(depth, at, config, top + 3)
  local object = {}
  at = blank(s, at + 1)
  if byte(s, at) == 125 then
    return object, at + 1
  end
  while true do
    local key
    if byte(s, at) == 34 then
      local after
      key, after = string_at(s, at)
      if not key then
        unexpected('object key string', s, at, config)
      end
      at = blank(s, after)
    else
      unexpected('object key string', s, at, config)
    end
    if byte(s, at) ~= 58 then
      unexpected('colon', s, at, config)
    end
    object[key], at = value_at(s, blank(s, at + 1), config, depth, top + 2)
    at = blank(s, at)
    local code = byte(s, at)
    if code == 125 then
      return object, at + 1
    elseif code ~= 44 then
      unexpected('comma or object end', s, at, config)
    end
    at = blank(s, at + 1)
  end
end

-- The value that begins at `at`, where no blank is, and where it ends.
function value_at(s, at, config, depth, top)
  local code = byte(s, at)
  if code == 34 then
    local text, after = string_at(s, at)
    if not text then
      unexpected('value', s, at, config)
    end
    return text, after
  elseif code == 123 then
    return object_at(s, at, config, depth + 1, top)
  elseif code == 91 then
    return array_at(s, at, config, depth + 1, top)
  elseif code and code >= 49 and code <= 57 then
    local _, last, more = find(s, '^%d+()[%.eE]?', at)
    if more > last then
      return tonumber(sub(s, at, last)), last + 1
    end
  end
  local value, _, after = scalar_at(s, at, config)
  if value == nil then
    unexpected('value', s, at, config)
  end
  return value, after
end

-- --- settings ---

local function too_many(count, most)
  if count > most then
    bad_argument(most + 1, 'found too many arguments')
  end
end

local function integer_setting(config, name, index, count, value, least, most)
  if value ~= nil then
    value = check_integer(index, count, value)
    if value < least or value > most then
      -- Whichever argument it is: the library always says the first.
      bad_argument(1, 'expected integer between ' .. format('%.0f', least) .. ' and ' .. format('%.0f', most))
    end
    config[name] = value
  end
  return config[name]
end

-- "off" and "on" are also said, and always answered, as booleans.
local function option_setting(config, name, index, count, value, options)
  if value ~= nil then
    if type(value) == 'boolean' then
      value = value and 'on' or 'off'
    else
      value = check_string(index, count, value)
      if not options[value] then
        bad_argument(index, "invalid option '" .. value .. "'")
      end
    end
    config[name] = value
  end
  value = config[name]
  if value == 'off' or value == 'on' then
    return value == 'on'
  end
  return value
end

local ON_OFF = { on = true, off = true }
local ON_OFF_NULL = { on = true, off = true, null = true }

local function new()
  local config = {
    sparse_convert = false,
    sparse_ratio = 2,
    sparse_safe = 10,
    encode_max_depth = 1000,
    decode_max_depth = 1000,
    precision = 14,
    number_format = '%.14g',
    encode_invalid_numbers = 'off',
    decode_invalid_numbers = true,
  }
  -- How a setting was said, where that is not how it is used.
  local said = { keep_buffer = 'on', sparse_convert = 'off', decode_invalid_numbers = 'on' }
  local cjson = { null = null, new = new, _NAME = 'cjson', _VERSION = '2.1.0' }

  function cjson.encode(...)
    if select('#', ...) ~= 1 then
      bad_argument(1, 'expected 1 argument')
    end
    local out = {}
    local n = append(out, 0, (...), config, 0, 1)
    return concat(out, '', 1, n)
  end

  function cjson.decode(...)
    local s = ...
    local count = select('#', ...)
    if count ~= 1 then
      bad_argument(1, 'expected 1 argument')
    end
    if type(s) ~= 'string' then
      s = check_string(1, count, s)
    end
    if #s >= 2 and find(s, '^.?%z') then
      throw('JSON parser does not support UTF-16 or UTF-32')
    end
    local value, at = value_at(s, blank(s, 1), config, 0, 1)
    at = blank(s, at)
    if at <= #s and byte(s, at) ~= 0 then
      unexpected('the end', s, at, config)
    end
    return value
  end

  function cjson.encode_sparse_array(...)
    local count = select('#', ...)
    too_many(count, 3)
    local convert, ratio, safe = ...
    convert = option_setting(said, 'sparse_convert', 1, count, convert, ON_OFF)
    config.sparse_convert = convert
    ratio = integer_setting(config, 'sparse_ratio', 2, count, ratio, 0, INT_MAX)
    safe = integer_setting(config, 'sparse_safe', 3, count, safe, 0, INT_MAX)
    return convert, ratio, safe
  end

  function cjson.encode_max_depth(...)
    local count = select('#', ...)
    too_many(count, 1)
    local depth = integer_setting(config, 'encode_max_depth', 1, count, (...), 1, INT_MAX)
    return depth
  end

  function cjson.decode_max_depth(...)
    local count = select('#', ...)
    too_many(count, 1)
    local depth = integer_setting(config, 'decode_max_depth', 1, count, (...), 1, INT_MAX)
    return depth
  end

  function cjson.encode_number_precision(...)
    local count = select('#', ...)
    too_many(count, 1)
    local precision = integer_setting(config, 'precision', 1, count, (...), 1, 14)
    config.number_format = '%.' .. tostring(precision) .. 'g'
    return precision
  end

  function cjson.encode_keep_buffer(...)
    local count = select('#', ...)
    too_many(count, 1)
    local keep = option_setting(said, 'keep_buffer', 1, count, (...), ON_OFF)
    return keep
  end

  function cjson.encode_invalid_numbers(...)
    local count = select('#', ...)
    too_many(count, 1)
    local allowed = option_setting(config, 'encode_invalid_numbers', 1, count, (...), ON_OFF_NULL)
    return allowed
  end

  function cjson.decode_invalid_numbers(...)
    local count = select('#', ...)
    too_many(count, 1)
    config.decode_invalid_numbers = option_setting(said, 'decode_invalid_numbers', 1, count, (...), ON_OFF)
    return config.decode_invalid_numbers
  end

  return cjson
end

return new()
