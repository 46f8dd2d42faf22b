-- What a script sees: the globals, sealed.
--
-- The real table of globals is emptied and stands before `globals`, in which everything is; so whatever Lua compiles is sealed, wherever
-- it comes from.  Tables that scripts may read but not change are proxies; `raw` knows what they stand for, and every function of
-- Lua's that would go behind the metatable is replaced by one that asks `raw` first.

local host = ...
local raw, null = host.raw, host.null
local throw, bad_argument = host.throw, host.bad_argument
local check_table, check_string, check_int = host.check_table, host.check_string, host.check_int
local error, getfenv, getmetatable, load, loadstring, newproxy, next = error, getfenv, getmetatable, load, loadstring, newproxy, next
local pairs, pcall, rawget, rawset, select, setfenv, setmetatable = pairs, pcall, rawget, rawset, select, setfenv, setmetatable
local tostring, type, unpack, xpcall = tostring, type, unpack, xpcall
local byte, dump = string.byte, string.dump
local caught, is_stopped, without_tail_calls = host.caught, host.is_stopped, host.without_tail_calls

local getinfo, real_metatable = debug.getinfo, debug.getmetatable

local environment = _G
local READONLY = host.READONLY

local function refuse()
  throw(READONLY)
end

local function readonly(fields)
  local proxy = setmetatable({}, { __index = fields, __newindex = refuse })
  raw[proxy] = fields
  return proxy
end

-- --- Lua's own functions ---

-- Compiled code is not accepted; this way the parser says so.
local function readable(source)
  return byte(source) == 27 and ' ' .. source or source
end

local function compile(source, name)
  local compiled, message = loadstring(readable(source), name)
  if not compiled then
    return nil, message
  end
  return loadstring(without_tail_calls(dump(compiled)), name)
end

local base = {}

function base.loadstring(...)
  local count = select('#', ...)
  local source, name = ...
  source = check_string(1, count, source)
  name = name == nil and source or check_string(2, count, name)
  return compile(source, name)
end

function base.load(...)
  local count = select('#', ...)
  local reader, name = ...
  if type(reader) ~= 'function' then
    bad_argument(1, 'function expected, got ' .. (count < 1 and 'no value' or type(reader)))
  end
  name = name == nil and '=(load)' or check_string(2, count, name)
  local begun = false
  local compiled, message = load(function()
    local piece = reader()
    if not begun and type(piece) == 'string' then
      begun = true
      return readable(piece)
    end
    return piece
  end, name)
  if not compiled then
    caught(message)
    return nil, message
  end
  return loadstring(without_tail_calls(dump(compiled)), name)
end

function base.next(...)
  local t, key = ...
  if type(t) ~= 'table' then
    check_table(1, select('#', ...), t)
  end
  return next(raw[t] or t, key)
end

function base.pairs(...)
  local t = ...
  if type(t) ~= 'table' then
    check_table(1, select('#', ...), t)
  end
  if raw[t] then
    return base.next, t, nil
  end
  return next, t, nil
end

local function check_any(index, count)
  if count < index then
    bad_argument(index, 'value expected')
  end
end

function base.rawget(...)
  local t, key = ...
  local count = select('#', ...)
  check_table(1, count, t)
  check_any(2, count)
  return rawget(raw[t] or t, key)
end

function base.rawset(...)
  local t, key, value = ...
  local count = select('#', ...)
  check_table(1, count, t)
  check_any(2, count)
  check_any(3, count)
  if raw[t] then
    error(READONLY, 0)
  end
  return rawset(t, key, value)
end

function base.setmetatable(...)
  local t, meta = ...
  local count = select('#', ...)
  check_table(1, count, t)
  if count < 2 or meta ~= nil and type(meta) ~= 'table' then
    bad_argument(2, 'nil or table expected')
  end
  if raw[t] then
    error(READONLY, 0)
  end
  local old = real_metatable(t)
  if type(old) == 'table' and rawget(old, '__metatable') ~= nil then
    throw('cannot change a protected metatable')
  end
  -- Lua looks for metamethods behind the metatable's own metatable: a proxy would have none.
  return setmetatable(t, raw[meta] or meta)
end

local metatables = {}
local metatables_of = setmetatable({}, { __mode = 'k' }) -- what scripts see of the metatables of proxies

-- So many values fit on the stack of a C function (luaconf.h, LUAI_MAXCSTACK); Lua's own function does not notice that many more do
-- not: the number of them overflows, and the whole process goes down.
local MOST_VALUES = 8000

function base.unpack(...)
  local t, first, last = ...
  local count = select('#', ...)
  check_table(1, count, t)
  first = first == nil and 1 or check_int(2, count, first)
  last = last == nil and #t or check_int(3, count, last)
  if last - first + 1 + count > MOST_VALUES then
    throw('too many results to unpack')
  end
  return unpack(...)
end

function base.getmetatable(...)
  check_any(1, select('#', ...))
  local value = ...
  if raw[value] then
    return metatables[value]
  elseif type(value) == 'string' then
    return metatables.string
  elseif value == null then
    return nil
  elseif type(value) == 'userdata' then
    local meta = real_metatable(value)
    return metatables_of[meta] or meta
  end
  return getmetatable(value)
end

-- The function itself, or the level as it is one frame further down.
local function function_or_level(count, value)
  if type(value) == 'function' then
    return value
  end
  local level = check_int(1, count, value)
  if level < 0 then
    bad_argument(1, 'level must be non-negative')
  elseif not getinfo(level + 2, 'f') then
    bad_argument(1, 'invalid level')
  end
  return level > 0 and level + 1 or 0
end

function base.getfenv(...)
  local value = ...
  if value == nil then
    value = 1
  end
  value = function_or_level(select('#', ...), value)
  local found = getfenv(value)
  return found
end

-- Whether it is a function of ours, which is a C function on the server.
local function is_ours(value)
  return type(value) == 'function' and getinfo(value, 'S').source == host.SOURCE
end

-- The environment of the whole thread stays what it is, so that no script can break the next one.
function base.setfenv(...)
  local value, t = ...
  local count = select('#', ...)
  check_table(2, count, t)
  value = function_or_level(count, value)
  if value == 0 or is_ours(value) or type(value) == 'function' and getinfo(value, 'S').what == 'C' then
    throw("'setfenv' cannot change environment of given object")
  end
  local changed = setfenv(value, t)
  return changed
end

local function dump_(...)
  local value = ...
  if type(value) ~= 'function' then
    bad_argument(1, 'function expected, got ' .. (select('#', ...) < 1 and 'no value' or type(value)))
  elseif is_ours(value) or getinfo(value, 'S').what == 'C' then
    throw('unable to dump given function')
  end
  local dumped = dump(value)
  return dumped
end

-- script_lua.c, luaRedisPcall: of an error that is a table with a text only the text is returned.
local function returned(ok, failure, ...)
  if not ok then
    if type(failure) == 'table' then
      local text = failure.err
      if type(text) == 'string' or type(text) == 'number' then
        return false, text
      end
    else
      caught(failure)
    end
  end
  return ok, failure, ...
end

function base.pcall(...)
  return returned(pcall(...))
end

-- Levels are counted without the functions that stand around those of C here.
function base.error(...)
  local message, level = ...
  level = level == nil and 1 or check_int(2, select('#', ...), level)
  local at, seen = 2, 0
  local info = level > 0 and (type(message) == 'string' or type(message) == 'number') and getinfo(at, 'Sl')
  while info do
    if info.source ~= host.SOURCE then
      seen = seen + 1
      if seen == level then
        break
      end
    end
    at = at + 1
    info = getinfo(at, 'Sl')
  end
  if info and info.currentline > 0 then
    message = info.short_src .. ':' .. info.currentline .. ': ' .. message
  elseif level > 0 and type(message) == 'number' then
    message = tostring(message)
  end
  error(message, 0)
end

local function looked_at(ok, failure, ...)
  if not ok then
    caught(failure)
  end
  return ok, failure, ...
end

-- The handler of a script that is stopped is not called: it would run where nothing stops it.
function base.xpcall(...)
  local body, handle = ...
  if select('#', ...) < 2 then
    bad_argument(2, 'value expected')
  elseif type(handle) == 'function' then
    local given = handle
    handle = function(failure)
      if is_stopped() then
        return failure
      end
      return given(failure)
    end
  end
  return looked_at(xpcall(body, handle))
end

-- A proxy whose metatable takes no finalizer: that would run where nothing stops it.
function base.newproxy(...)
  local made = newproxy(...)
  if (...) == true then
    local meta = real_metatable(made)
    metatables_of[meta] = setmetatable({}, {
      __index = meta,
      __newindex = function(_, key, value)
        if key ~= '__gc' then
          meta[key] = value
        end
      end,
    })
  end
  return made
end

-- --- coroutines: each has to be told that it may be stopped ---

local arm = host.arm
local create, resume, wrap = coroutine.create, coroutine.resume, coroutine.wrap

local function armed(body)
  if type(body) ~= 'function' or is_ours(body) or getinfo(body, 'S').what == 'C' then
    bad_argument(1, 'Lua function expected')
  end
  return function(...)
    arm()
    return body(...)
  end
end

local function create_(...)
  return (create(armed((...))))
end

local function wrap_(...)
  return (wrap(armed((...))))
end

local function resume_(...)
  if type((...)) ~= 'thread' then
    bad_argument(1, 'coroutine expected')
  end
  return looked_at(resume(...))
end

-- --- the globals ---

local KEPT = { 'assert', 'gcinfo', 'ipairs', 'rawequal', 'select', 'tonumber', 'tostring', 'type', '_VERSION' }

-- Whoever calls into Lua from the host while a script runs looks for `debug` first, outside of any pcall: an error would leap over
-- the host's frames, and leave the host's interpreter broken.
local function asked_by_host(name)
  local asker = name == 'debug' and getinfo(3, 'S')
  return asker and asker.what == 'C'
end

local function missing(_, name)
  if asked_by_host(name) then
    return nil
  end
  if type(name) ~= 'string' and type(name) ~= 'number' then
    throw('Second argument to luaProtectedTableError must be a string or number')
  end
  throw("Script attempted to access nonexistent global variable '" .. name .. "'")
end

local globals = {}
local sealed = { __index = globals, __newindex = refuse }

-- Empties the real globals and seals them; from then on they are read from `globals`.  `gone` are names that this server does not have.
local function seal(libraries, gone)
  for _, name in pairs(KEPT) do
    globals[name] = environment[name]
  end
  for name, value in pairs(base) do
    globals[name] = value
  end
  globals.collectgarbage = host.collectgarbage
  libraries.string.dump = dump_
  libraries.coroutine.create, libraries.coroutine.resume, libraries.coroutine.wrap = create_, resume_, wrap_
  for name, library in pairs(libraries) do
    globals[name] = readonly(library)
  end
  for index = 1, #gone do
    globals[gone[index]] = nil
  end
  globals._G = environment
  if host.HAS_SERVER then
    globals.server = globals.redis
  end
  if not host.HOLDS_LIBRARIES then
    globals.__redis__err__handler = host.handler
    globals.__server__err__handler = host.HAS_SERVER_HANDLER and host.handler or nil
    globals.KEYS, globals.ARGV = {}, {}
  end

  metatables.string = readonly({ __index = globals.string })
  metatables[environment] = readonly({ __index = missing })

  local names = {}
  for name in pairs(environment) do
    names[#names + 1] = name
  end
  for _, name in pairs(names) do
    environment[name] = nil
  end
  environment.debug = false
  setmetatable(globals, { __index = missing })
  setmetatable(environment, sealed)
  raw[environment] = globals
end

-- Puts others in the place of the globals, or the globals back: a library that is being loaded sees little.
local function show(others)
  sealed.__index = others or globals
  raw[environment] = others or globals
end

host.globals = globals
host.missing = missing
host.readonly = readonly
host.seal = seal
host.show = show
host.compile = compile
