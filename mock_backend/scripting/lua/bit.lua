-- The library `bit`: 32-bit operations on numbers.  The bits themselves are turned by the host.

local host = ...
local check_number = host.check_number
local select, type = select, type
local bits = host.bits

local function unary(operation)
  return function(...)
    local x = ...
    if type(x) ~= 'number' then
      x = check_number(1, select('#', ...), x)
    end
    return operation(x)
  end
end

local function shift(operation)
  return function(...)
    local x, n = ...
    if type(x) ~= 'number' or type(n) ~= 'number' then
      x = check_number(1, select('#', ...), x)
      n = check_number(2, select('#', ...), n)
    end
    return operation(x, n)
  end
end

local function variadic(operation)
  return function(...)
    local count = select('#', ...)
    local result = check_number(1, count, (...))
    if count == 1 then
      return bits.tobit(result)
    end
    for index = count, 2, -1 do -- the last one first, as the library looks at them
      result = operation(result, check_number(index, count, (select(index, ...))))
    end
    return result
  end
end

local function tohex(...)
  local count = select('#', ...)
  local x, digits = ...
  x = check_number(1, count, x)
  digits = count < 2 and 8 or bits.tobit(check_number(2, count, digits))
  return bits.tohex(x, digits)
end

return {
  tobit = unary(bits.tobit),
  bnot = unary(bits.bnot),
  bswap = unary(bits.bswap),
  band = variadic(bits.band),
  bor = variadic(bits.bor),
  bxor = variadic(bits.bxor),
  lshift = shift(bits.lshift),
  rshift = shift(bits.rshift),
  arshift = shift(bits.arshift),
  rol = shift(bits.rol),
  ror = shift(bits.ror),
  tohex = tohex,
}
