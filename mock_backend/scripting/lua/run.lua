-- Runs a script and takes its result apart for the host: plain values as they are, a table as a kind and what belongs to it.

local host = ...
local globals = host.globals
local handler, raw = host.handler, host.raw
local rearm, started = host.rearm, host.started
local environment = _G
local collectgarbage, gcinfo, next, pcall, rawget, rawset, select = collectgarbage, gcinfo, next, pcall, rawget, rawset, select
local tostring, type, unpack, xpcall = tostring, type, unpack, xpcall
local match = string.match

-- Kilobytes of memory after which a script's garbage does not wait until the collector comes by itself.
local MUCH = 262144

-- A reply of more elements is handed over in slices of this size.
local AT_ONCE = 100

local FAILED, ERROR, STATUS, ARRAY, LONG_ARRAY = host.FAILED, host.ERROR, host.STATUS, host.ARRAY, host.LONG_ARRAY
local DOUBLE, BIG_NUMBER, VERBATIM = host.DOUBLE, host.BIG_NUMBER, host.VERBATIM
local MAP, SET = host.MAP, host.SET

local function pairs_of(t)
  local values, count = {}, 0
  for key, value in next, raw[t] or t do
    values[count + 1] = key
    values[count + 2] = value
    count = count + 2
  end
  return values, count
end

local function keys_of(t)
  local values, count = {}, 0
  for key in next, raw[t] or t do
    count = count + 1
    values[count] = key
  end
  return values, count
end

-- script_lua.c, luaReplyToRedisReply: which field makes what of a table, in this order
local function open(t)
  local field = rawget(t, 'err')
  if type(field) == 'string' then
    return ERROR, match(field, '^%Z*'), rawget(t, 'ignore_error_stats_update') and true or false
  end
  field = rawget(t, 'ok')
  if type(field) == 'string' then
    return STATUS, match(field, '^%Z*')
  end
  field = rawget(t, 'double')
  if type(field) == 'number' then
    return DOUBLE, field == 0 and 1 / field < 0 and '-0' or field -- whose sign would be lost on the way
  end
  field = rawget(t, 'big_number')
  if type(field) == 'string' then
    return BIG_NUMBER, field
  end
  field = rawget(t, 'verbatim_string')
  if type(field) == 'table' then
    local format, text = rawget(field, 'format'), rawget(field, 'string')
    if type(format) == 'string' and type(text) == 'string' then
      return VERBATIM, format, text
    end
  end
  field = rawget(t, 'map')
  if type(field) == 'table' then
    local values, count = pairs_of(field)
    return MAP, count, values
  end
  field = rawget(t, 'set')
  if type(field) == 'table' then
    local values, count = keys_of(field)
    return SET, count, values
  end
  local count = 0
  while rawget(t, count + 1) ~= nil do
    count = count + 1
  end
  if count <= AT_ONCE then
    return ARRAY, count, unpack(t, 1, count)
  end
  return LONG_ARRAY, count, t
end

local function slice(t, first, last)
  return unpack(t, first, last)
end

local function text_of(value)
  return (type(value) == 'string' or type(value) == 'number') and tostring(value) or false
end

local function fields_of(failure)
  return failure.ignore_error_stats_update, failure.err, failure.source, failure.line
end

-- The error that stopped a script, in parts: text, whether it was counted, source, line.  Its fields may be the script's work, too.
local function failed(failure)
  if type(failure) ~= 'table' then
    return FAILED, 'ERR Error running script: ' .. (text_of(failure) or 'execution failure'), false, false, false
  end
  started()
  local ok, counted, text, source, line = pcall(fields_of, failure)
  rearm()
  if not ok then
    counted, text, source, line = nil, nil, nil, nil
  end
  return FAILED, match(text_of(text) or 'ERR unknown error', '^%Z*'), counted and true or false, text_of(source), text_of(line)
end

-- Whoever calls into Lua from outside looks for the global `debug` first; that it is false stops it.  Scripts shall not see it.
local function begin()
  rawset(environment, 'debug', nil)
  started()
end

local function finish(ok, value)
  rearm()
  if gcinfo() > MUCH then
    globals.KEYS, globals.ARGV = {}, {}
    collectgarbage()
  end
  rawset(environment, 'debug', false)
  if not ok then
    return failed(value)
  elseif type(value) == 'table' then
    return open(value)
  end
  return value
end

local function run_with(script, keys, argv)
  globals.KEYS, globals.ARGV = keys, argv
  begin()
  return finish(xpcall(script, handler))
end

-- A function of a library is handed its keys and arguments.
local function call_with(callback, keys, argv)
  begin()
  return finish(xpcall(function()
    return callback(keys, argv)
  end, handler))
end

local go = host.HOLDS_LIBRARIES and call_with or run_with

-- The first `count` words are the keys.
local function run(script, count, ...)
  local keys, argv = { ... }, { select(count + 1, ...) }
  for index = #argv + count, count + 1, -1 do
    keys[index] = nil
  end
  return go(script, keys, argv)
end

-- What is left to do where `finish` could not: there was no memory for it.
local function recover()
  rearm()
  globals.KEYS, globals.ARGV = nil, nil
  collectgarbage()
  globals.KEYS, globals.ARGV = {}, {}
  rawset(environment, 'debug', false)
end

host.guard(begin, finish, run, run_with, call_with, failed)

host.recover = recover
host.open = open
host.slice = slice
host.run = run
host.run_with = go
host.begin = begin
host.finish = finish
