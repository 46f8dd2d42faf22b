-- What stops a script: every so many instructions the host is asked, and if it answers with an error the script ends in it.
-- Once it has answered, every line is stopped, so that no pcall keeps the script alive.  Our own functions finish what they do.

local host = ...
local SOURCE, breathe = host.SOURCE, host.breathe
local error = error
local getinfo, sethook = debug.getinfo, debug.sethook

local INSTRUCTIONS = 20000

local stopped = false

local function hook()
  local text = breathe()
  if text then
    stopped = true
    sethook(hook, 'l') -- of this coroutine; each has to come here by itself
    if getinfo(2, 'S').source ~= SOURCE then
      error({ err = text }, 0)
    end
  end
end

-- To be called in each new coroutine: hooks are its own.
local function arm()
  sethook(hook, '', INSTRUCTIONS)
end

-- To be called when a script has ended, however it did.
local function rearm()
  if stopped then
    arm() -- first, or the next line would be stopped again
    stopped = false
  end
end

arm()

host.arm = arm
host.rearm = rearm
