-- What the code of a library sees while it is loaded: a table `redis` with a few fields, and no other global.
-- Each name that is registered goes to host.register, which answers with an error or with nothing.

local host = ...
local API = host.API
local begin, finish, missing, readonly, register, show = host.begin, host.finish, host.missing, host.readonly, host.register, host.show
local error, lower, next, pcall, select, setmetatable, tostring, type = error, string.lower, next, pcall, select, setmetatable, tostring,
  type

local loading = false

local function refuse(text)
  error({ err = 'ERR ' .. text }, 0)
end

-- Lua takes numbers for strings.
local function text_of(value, complaint)
  if type(value) ~= 'string' and type(value) ~= 'number' then
    refuse(complaint)
  end
  return tostring(value)
end

-- function_lua.c, luaRegisterFunctionReadFlags: up to the first hole
local function flags_of(value)
  if type(value) ~= 'table' then
    refuse('flags argument to ' .. API .. '.register_function must be a table representing function flags')
  end
  local flags, index = {}, 1
  while value[index] ~= nil do
    flags[index] = host.flag(text_of(value[index], 'unknown flag given')) or refuse('unknown flag given')
    index = index + 1
  end
  return flags
end

local READERS = {
  function_name = function(value)
    return text_of(value, 'function_name argument given to ' .. API .. '.register_function must be a string')
  end,
  description = function(value)
    return text_of(value, 'description argument given to ' .. API .. '.register_function must be a string')
  end,
  callback = function(value)
    if type(value) ~= 'function' then
      refuse('callback argument given to ' .. API .. '.register_function must be a function')
    end
    return value
  end,
  flags = flags_of,
}

local function named(arguments)
  if type(arguments) ~= 'table' then
    refuse('calling ' .. API .. '.register_function with a single argument is only applicable to Lua table '
      .. '(representing named arguments).')
  end
  local found = {}
  for key, value in next, arguments do
    local name = lower(text_of(key, 'named argument key given to ' .. API .. '.register_function is not a string'))
    if not READERS[name] then
      refuse('unknown argument given to ' .. API .. '.register_function')
    end
    found[name] = READERS[name](value)
  end
  if not found.function_name then
    refuse(API .. '.register_function must get a function name argument')
  elseif not found.callback then
    refuse(API .. '.register_function must get a callback argument')
  end
  return found
end

local function positional(name, callback)
  name = text_of(name, 'first argument to ' .. API .. '.register_function must be a string')
  if type(callback) ~= 'function' then
    refuse('second argument to ' .. API .. '.register_function must be a function')
  end
  return { function_name = name, callback = callback }
end

local function register_function(...)
  if not loading then
    refuse(API .. '.register_function can only be called on FUNCTION LOAD command')
  end
  local count = select('#', ...)
  if count < 1 or count > 2 then
    refuse('wrong number of arguments to ' .. API .. '.register_function')
  end
  local found = count == 1 and named(...) or positional(...)
  local complaint = register(found.function_name, found.callback, found.description or false, found.flags or {})
  if complaint then
    refuse(complaint)
  end
end

local fields = { register_function = register_function }
for _, name in next, host.SHARED do
  fields[name] = host.api[name]
end
local api = readonly(setmetatable(fields, { __index = missing }))
local globals = setmetatable({ redis = api }, { __index = missing })
if host.HAS_SERVER then
  globals.server = api
end

-- Runs the code of a library; the text of the error that stopped it, or nothing.
local function load(code)
  loading = true
  begin()
  show(globals)
  local ok, failure = pcall(code)
  show()
  finish(true)
  loading = false
  if ok then
    return nil
  elseif type(failure) ~= 'table' then
    return 'ERR ' .. tostring(failure)
  end
  local text = failure.err
  return (type(text) == 'string' or type(text) == 'number') and tostring(text) or 'ERR unknown error'
end

host.guard(load, show)
host.load = load
