-- math.random and math.randomseed over the generator of drand48, as the server has them (rand.c): the same numbers on every machine.
-- The state has 48 bits, kept in two halves of 24; products of halves are exact in a double.

local host = ...
local check_int = host.check_int
local floor, select = math.floor, select

local HALF = 2 ^ 24
local FACTOR_HIGH, FACTOR_LOW, STEP = 0x5DE, 0xECE66D, 0xB
local MOST = 2 ^ 31 - 1
local high, low = 0x1234AB, 0xCD330E

local function following()
  local product = low * FACTOR_LOW + STEP
  high = (high * FACTOR_LOW + low * FACTOR_HIGH + floor(product / HALF)) % HALF
  low = product % HALF
  return high * 128 + floor(low / 2 ^ 17)
end

local function random(...)
  local fraction = following() % MOST / MOST
  local count = select('#', ...)
  if count == 0 then
    return fraction
  elseif count == 1 then
    local upper = check_int(1, count, (...))
    if upper < 1 then
      host.bad_argument(1, 'interval is empty')
    end
    return floor(fraction * upper) + 1
  elseif count == 2 then
    local lower = check_int(1, count, (...))
    local upper = check_int(2, count, (select(2, ...)))
    if lower > upper then
      host.bad_argument(2, 'interval is empty')
    end
    return floor(fraction * (upper - lower + 1)) + lower
  end
  host.throw('wrong number of arguments')
end

local function randomseed(...)
  local seed = check_int(1, select('#', ...), (...)) % 2 ^ 32
  high = floor(seed / 256)
  low = seed % 256 * 65536 + 0x330E
end

-- The state outlives the interpreter: SCRIPT FLUSH makes a new one, the server's generator goes on.
local function state(new_high, new_low)
  if new_high then
    high, low = new_high, new_low
  end
  return high, low
end

return { random = random, randomseed = randomseed, state = state }
