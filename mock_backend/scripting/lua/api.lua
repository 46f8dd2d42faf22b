-- The table `redis`, which Valkey also calls `server`.
-- host.perform answers with the reply itself, or with nil, one of the kinds below, and what belongs to it.  So do the functions in
-- host.commands, one for each command that was called so far, which are given the words behind its name.

local host = ...
local FEW, API = host.FEW, host.API
local STATUS, ARRAY, ERROR = host.STATUS, host.ARRAY, host.ERROR
local commands, perform, perform_many = host.commands, host.perform, host.perform_many
local spread = host.spread
local error, floor, find, gsub, match, select, sub = error, math.floor, string.find, string.gsub, string.match, select, string.sub
local tonumber, tostring, type = tonumber, tostring, type

-- `counted`: the failure was counted when the command failed, and is not to be counted again.
local function failure(text, counted)
  if counted then
    return { err = text, ignore_error_stats_update = true }
  end
  return { err = text }
end

local function returned(reply, kind, ...)
  if kind == nil then
    return reply
  elseif kind == STATUS then
    return { ok = (...) }
  elseif kind == ARRAY then
    return { ... }
  end
  return failure(...)
end

local function raised(reply, kind, ...)
  if kind == nil then
    return reply
  elseif kind == STATUS then
    return { ok = (...) }
  elseif kind == ARRAY then
    return { ... }
  end
  error(failure(...), 0)
end

-- A negative zero would lose its sign on the way to the host.
local function signed(...)
  local words, count = { ... }, select('#', ...)
  for index = 1, count do
    if words[index] == 0 and 1 / words[index] < 0 then
      words[index] = '-0'
    end
  end
  return spread(words, 1, count)
end

-- A function that performs its arguments as a command and hands what comes of it to `finish`.
-- Arguments go over one by one, and the more there are the slower each of them: many go as a table.
local function performing(finish)
  local function performed(...)
    local count = select('#', ...)
    if count > FEW then
      return finish(perform_many(count, { ... }))
    end
    local own = commands[(...)]
    if own then
      return finish(own(select(2, ...)))
    end
    return finish(perform(...))
  end
  if host.KEEPS_ZEROS_SIGN then
    return function(...)
      return performed(signed(...))
    end
  end
  return performed
end

local call, pcall = performing(raised), performing(returned)

local function refuse(text)
  error({ err = 'ERR ' .. text }, 0)
end

-- The number as an `int` of C.
local function integer(value)
  local number = tonumber(type(value) ~= 'table' and value or nil) or 0
  if not (number > -2147483649 and number < 2147483648) then
    return -2147483648
  end
  return number < 0 and -floor(-number) or floor(number)
end

-- The text up to its first NUL, as C sees it.
local function until_nul(text)
  return match(text, '^%Z*')
end

-- script_lua.c, luaPushErrorBuff: a code, and the sentence behind it
local function error_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then
    return { err = 'ERR wrong number or type of arguments' }
  end
  text = until_nul(text)
  if sub(text, 1, 1) == '-' then
    text = sub(text, 2)
  end
  local blank = find(text, ' ', 1, true)
  local code = 'ERR'
  if blank then
    code, text = sub(text, 1, blank - 1), sub(text, blank + 1)
  end
  return { err = code .. ' ' .. match(text, '^[\r\n]*(.-)[\r\n]*$') }
end

local function status_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then
    return { err = 'ERR wrong number or type of arguments' }
  end
  return { ok = text }
end

local function sha1hex(...)
  if select('#', ...) ~= 1 then
    refuse('wrong number of arguments')
  end
  local text = ...
  local kind = type(text)
  return host.sha1hex(kind == 'string' and text or kind == 'number' and tostring(text) or '')
end

local function log(...)
  local count = select('#', ...)
  if count < 2 then
    refuse(API .. '.log() requires two arguments or more.')
  end
  local level = tonumber((...))
  if not level then
    refuse('First argument must be a number (log level).')
  end
  level = integer(level)
  if level < 0 or level > 3 then
    refuse(host.BAD_LEVEL)
  end
  local text = ''
  for index = 2, count do
    local piece = select(index, ...)
    if type(piece) == 'string' or type(piece) == 'number' then
      text = index == 2 and tostring(piece) or text .. ' ' .. piece
    end
  end
  host.log(level, text)
end


local function setresp(...)
  if select('#', ...) ~= 1 then
    refuse(API .. '.setresp() requires one argument.')
  end
  local version = integer((...))
  if version ~= 2 and version ~= 3 then
    refuse('RESP version must be 2 or 3.')
  end
  host.setresp(version)
end

local function set_repl(...)
  if select('#', ...) ~= 1 then
    refuse(API .. '.set_repl() requires ' .. host.SET_REPL_WANTS .. '.')
  end
  local flags = integer((...))
  if flags < 0 or flags > 3 then
    refuse('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
  end
  host.replicate(flags)
end

local function acl_check_cmd(...)
  return raised(host.acl_check(...))
end

local function replicate_commands()
  return true
end

-- Nobody debugs scripts here, so there is nobody to stop for.
local function breakpoint()
  return false
end

local function debug()
end

local api = {
  call = call,
  pcall = pcall,
  error_reply = error_reply,
  status_reply = status_reply,
  sha1hex = sha1hex,
  log = log,
  setresp = setresp,
  set_repl = set_repl,
  acl_check_cmd = acl_check_cmd,
  LOG_DEBUG = 0,
  LOG_VERBOSE = 1,
  LOG_NOTICE = 2,
  LOG_WARNING = 3,
  REPL_NONE = 0,
  REPL_AOF = 1,
  REPL_SLAVE = 2,
  REPL_REPLICA = 2,
  REPL_ALL = 3,
  REDIS_VERSION = host.REDIS_VERSION,
  REDIS_VERSION_NUM = host.REDIS_VERSION_NUM,
  SERVER_NAME = host.SERVER_NAME,
  VALKEY_VERSION = host.VALKEY_VERSION,
  VALKEY_VERSION_NUM = host.VALKEY_VERSION_NUM,
}

if not host.HOLDS_LIBRARIES then
  api.replicate_commands = replicate_commands
  api.breakpoint = breakpoint
  api.debug = debug
end

host.api = api
return api
