-- The library `struct`: packs values into bytes as C lays them out.  Numbers with a point are turned by the host.

local host = ...
local bad_argument, throw = host.bad_argument, host.throw
local check_string, check_number, check_integer = host.check_string, host.check_number, host.check_integer
local band = host.bits.band
local pack_float, spread, unpack_float = host.pack_float, host.spread, host.unpack_float
local byte, char, find, rep, sub, reverse = string.byte, string.char, string.find, string.rep, string.sub, string.reverse
local concat, floor, ceil, select, tonumber, unpack = table.concat, math.floor, math.ceil, select, tonumber, unpack

local SIZES = { b = 1, B = 1, h = 2, H = 2, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1 }
local INTEGERS = { b = true, h = true, l = true, i = true, B = false, H = false, L = false, T = false, I = false }
-- So many values fit on the server's stack (luaconf.h, LUAI_MAXCSTACK).
local MOST_VALUES = 8000
local MOST, LARGEST_INTEGER, INT_SIZE, MAX_ALIGN = 2 ^ 31 - 1, 32, 4, 8

-- The number at `at` in the format, or `default`; where it ends.
local function count_at(format, at, default)
  local first, last = find(format, '^%d+', at)
  if not first then
    return default, at
  end
  local number = tonumber(sub(format, first, last))
  if number > MOST then
    throw('integral size overflow')
  end
  return number, last + 1
end

local function is_power_of_two(number)
  while number > 1 and number % 2 == 0 do
    number = number / 2
  end
  return number == 1
end

local function size_of(option, format, at)
  local size = SIZES[option]
  if size then
    return size, at
  elseif option == 'c' then
    return count_at(format, at, 1)
  elseif option == 'i' or option == 'I' then
    size, at = count_at(format, at, INT_SIZE)
    if size > LARGEST_INTEGER then
      throw('integral size ' .. size .. ' is larger than limit of ' .. LARGEST_INTEGER)
    end
    return size, at
  end
  return 0, at
end

local function padding(position, align, option, size)
  if size == 0 or option == 'c' then
    return 0
  end
  if size > align then
    size = align
  end
  if is_power_of_two(size) then
    return -position % size
  end
  -- The library's masks are made for powers of two; other sizes get what comes of it.
  return band(size - band(position, size - 1), size - 1)
end

-- Options that stand for no value: byte order, alignment, blanks.
local function control(option, format, at, state)
  if option == '>' then
    state.big = true
  elseif option == '<' then
    state.big = false
  elseif option == '!' then
    local align
    align, at = count_at(format, at, MAX_ALIGN)
    if not is_power_of_two(align) then
      throw('alignment ' .. align .. ' is not a power of 2')
    end
    state.align = align
  elseif option ~= ' ' then
    bad_argument(1, "invalid format option '" .. option .. "'")
  end
  return at
end

local function integer_bytes(number, size, big)
  number = number < 0 and ceil(number) or floor(number)
  local bytes = {}
  for index = 1, size do
    bytes[index] = index <= 8 and number % 256 or 0
    number = floor(number / 256)
  end
  local packed = char(unpack(bytes))
  return big and reverse(packed) or packed
end

local function pack(...)
  local given = select('#', ...)
  local values = { ... }
  local format = check_string(1, given, values[1])
  local state = { big = false, align = 1 }
  local out, total, argument, at = {}, 0, 2, 1
  local stop = (find(format, '%z') or #format + 1) - 1
  while at <= stop do
    local option = sub(format, at, at)
    local size
    size, at = size_of(option, format, at + 1)
    local gap = padding(total, state.align, option, size)
    local piece
    -- The library marks the end of its arguments with a nil of its own.
    local known = given + 1
    if INTEGERS[option] ~= nil then
      piece = integer_bytes(check_number(argument, known, values[argument]), size, state.big)
      argument = argument + 1
    elseif option == 'x' then
      piece = '\0'
    elseif option == 'f' or option == 'd' then
      local number = check_number(argument, known, values[argument])
      if number == 0 and 1 / number < 0 then
        piece = rep('\0', size - 1) .. '\128' -- the host would be told of no sign
      else
        piece = pack_float(option, number)
      end
      if state.big then
        piece = reverse(piece)
      end
      argument = argument + 1
    elseif option == 'c' or option == 's' then
      local text = check_string(argument, known, values[argument])
      argument = argument + 1
      if size == 0 then
        size = #text
      end
      if #text < size then
        bad_argument(argument, 'string too short')
      end
      piece = sub(text, 1, size)
      if option == 's' then
        piece = piece .. '\0'
      end
    else
      at = control(option, format, at, state)
      piece = ''
    end
    out[#out + 1] = rep('\0', gap) .. piece
    total = total + gap + #piece
  end
  return concat(out)
end

local function read_integer(data, position, size, signed, big)
  local number, used = 0, size < 8 and size or 8
  for index = used, 1, -1 do
    number = number * 256 + byte(data, big and position + size + 1 - index or position + index)
  end
  -- Beyond 53 bits the halves are put together once, so that the number is rounded once.
  if used == 8 then
    local upper, lower = 0, 0
    for index = 8, 5, -1 do
      upper = upper * 256 + byte(data, big and position + size + 1 - index or position + index)
    end
    for index = 4, 1, -1 do
      lower = lower * 256 + byte(data, big and position + size + 1 - index or position + index)
    end
    if signed and upper >= 2 ^ 31 then
      upper = upper - 2 ^ 32
    end
    return upper * 2 ^ 32 + lower
  end
  if signed and used > 0 and number >= 2 ^ (8 * used - 1) then
    number = number - 2 ^ (8 * used)
  end
  return number
end

local function unpack_(...)
  local given = select('#', ...)
  local format, data, start = ...
  format = check_string(1, given, format)
  data = check_string(2, given, data)
  start = start == nil and 1 or check_integer(3, given, start)
  if start == 0 then
    bad_argument(3, 'offset must be 1 or greater')
  end
  local position, length = start - 1, #data
  local function need(size)
    if position < 0 or position + size > length then
      bad_argument(2, 'data string too short')
    end
  end
  local state = { big = false, align = 1 }
  local results, count, at = {}, 0, 1
  local stop = (find(format, '%z') or #format + 1) - 1
  while at <= stop do
    local option = sub(format, at, at)
    local size
    size, at = size_of(option, format, at + 1)
    position = position + padding(position, state.align, option, size)
    need(size)
    if count + given + 2 > MOST_VALUES then
      throw('stack overflow (too many results)')
    end
    if INTEGERS[option] ~= nil then
      count = count + 1
      results[count] = read_integer(data, position, size, INTEGERS[option], state.big)
    elseif option == 'f' or option == 'd' then
      local bytes = sub(data, position + 1, position + size)
      count = count + 1
      results[count] = unpack_float(option, state.big and reverse(bytes) or bytes)
    elseif option == 'c' then
      if size == 0 then
        size = count > 0 and tonumber(results[count])
        if not size then
          throw("format 'c0' needs a previous size")
        end
        size = size < 0 and ceil(size) or floor(size)
        if size < 0 or size ~= size then
          bad_argument(2, 'data string too short')
        end
        need(size)
        count = count - 1
      end
      count = count + 1
      results[count] = sub(data, position + 1, position + size)
    elseif option == 's' then
      local last = find(data, '%z', position + 1)
      if not last then
        throw('unfinished string in data')
      end
      size = last - position
      count = count + 1
      results[count] = sub(data, position + 1, last - 1)
    elseif option ~= 'x' then
      at = control(option, format, at, state)
    end
    position = position + size
  end
  results[count + 1] = position + 1
  return spread(results, 1, count + 1)
end

local function size(...)
  local format = check_string(1, select('#', ...), (...))
  local state = { big = false, align = 1 }
  local total, at = 0, 1
  local stop = (find(format, '%z') or #format + 1) - 1
  while at <= stop do
    local option = sub(format, at, at)
    local bytes
    bytes, at = size_of(option, format, at + 1)
    total = total + padding(total, state.align, option, bytes)
    if option == 's' then
      bad_argument(1, "option 's' has no fixed size")
    elseif option == 'c' and bytes == 0 then
      bad_argument(1, "option 'c0' has no fixed size")
    elseif not find(option, '%w') then
      at = control(option, format, at, state)
    end
    total = total + bytes
  end
  return total
end

return { pack = pack, unpack = unpack_, size = size }
