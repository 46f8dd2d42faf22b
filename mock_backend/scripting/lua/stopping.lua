-- What stops a script: every so many instructions the host is asked, and if it answers with an error the script ends in it.
-- Once it has answered, every line is stopped, so that no pcall keeps the script alive.  Our own functions that scripts call are stopped
-- like theirs; those that run scripts are not.

local host = ...
local breathe = host.breathe
local clock, error, find, floor, min, type = os.clock, error, string.find, math.floor, math.min, type
local getinfo, sethook = debug.getinfo, debug.sethook

-- So many instructions go by between two questions: fewer where a single one takes long, as on very long strings.
local MOST, LEAST = 20000, 200
local LONG_SECONDS, SHORT_SECONDS = 0.05, 0.002

local interval, last = MOST, 0
local stopped, running = false, false
local guarded = {}
local hook

local function adapt()
  local now = clock()
  local taken = now - last
  last = now
  local wanted = interval
  if taken > LONG_SECONDS and interval > LEAST then
    wanted = floor(interval / 10)
  elseif taken < SHORT_SECONDS and interval < MOST then
    wanted = min(interval * 10, MOST)
  end
  if wanted ~= interval then
    interval = wanted
    sethook(hook, '', interval)
  end
end

function hook()
  local text = breathe()
  if not text then
    adapt()
    return
  end
  stopped = true
  sethook(hook, 'l') -- of this coroutine; each has to come here by itself
  if running and not guarded[getinfo(2, 'f').func] then
    error({ err = text }, 0)
  end
end

-- To be called in each new coroutine: hooks are its own.
local function arm()
  sethook(hook, '', interval)
end

-- To be called when a script begins, and when it has ended, however it did.
local function begin()
  running = true
end

local function rearm()
  running = false
  if stopped then
    arm() -- first, or the next line would be stopped again
    stopped = false
  end
end

-- To be called with whatever failure was caught: where C's stack is full no hook can run, and a script could live there for ever.
local function caught(failure)
  if type(failure) == 'string' and (find(failure, 'stack overflow', 1, true) or find(failure, 'error in error handling', 1, true)) then
    local text = breathe()
    if text then
      stopped = true
      sethook(hook, 'l')
      error({ err = text }, 0)
    end
  end
end

local function is_stopped()
  return stopped
end

-- Functions that are never stopped.
local function guard(...)
  for _, func in next, { ... } do
    guarded[func] = true
  end
end

arm()
guard(begin, rearm)

host.arm = arm
host.caught = caught
host.guard = guard
host.is_stopped = is_stopped
host.rearm = rearm
host.started = begin
