"""Which scripts are proven to answer nothing that GLIDE cannot carry over RESP3."""

import pytest
from redis.lock import Lock

from adapter.translate.harmless import harmless

PROVEN = [
    "return 1",
    "return redis.call('get', KEYS[1])",
    "return server.pcall(unpack(ARGV))",
    "local found = {} found[#found + 1] = 1 return found",
    "local found = {} for i = 1, 3 do found[i] = i end return found",
    "local t = {} t[1], t[2 * 1] = 1, 2 return t",
    "return {double = 1.5, map = {a = 1}}",
    "return f(ARGV[1], ARGV[2]) == 1",
    "return f(t[KEYS[1]], x)",
    "return t[KEYS[1]], x",
    "local t = {} t[#t] = 1 return t",
    "local a, b = t[KEYS[1]], g(1)[2] return a",
    "-- t[k] = 1\nreturn {'t[k] = 1', [==[ u[k] = 1 ]==]} --[[ v[k] = 1 ]]",
    "return cjson.encode({a = cmsgpack.pack(KEYS[1])})",
    "redis.setresp(3); return redis.call('HGETALL', KEYS[1])",
    '#!lua flags=no-writes"\nreturn {KEYS[1], ARGV[1], #ARGV}',
    Lock.LUA_RELEASE_SCRIPT,
    Lock.LUA_EXTEND_SCRIPT,
    Lock.LUA_REACQUIRE_SCRIPT,
]

IN_DOUBT = {
    "said openly": "return {big_number = '1'}",
    "spelt otherwise": r"return {['big\95number'] = '1'}",
    "put together": "local t = {} t['big_' .. 'number'] = '1' return t",
    "of an argument": "return {[ARGV[1]] = ARGV[2]}",
    "assigned": "local t = {} t[ARGV[1]] = 1 return t",
    "assigned with others": "local t = {} t[ARGV[1]], x = 1, 2 return t",
    "assigned behind others": "local t = {} x, t.y.z, t[ARGV[1]] = 1, 2, 3 return t",
    "assigned beside a call": "t[ARGV[1]], f{function() end}.x = 1, 2",
    "behind comments": "local t = {} t [ --[[c]] k ] --x\n = 1 return t",
    "chosen": "local t = {} t[1 and ARGV[1]] = 2",
    "computed by a function": "local t = {} t[f(1 + 1)] = 1 return t",
    "the name of a counter": "for i = 1, 2 do t[i] = 1 end local i = ARGV[1] t[i] = 1",
    "the value of a loop": "for i, v in pairs(ARGV) do t[v] = 1 end return t",
    "a parameter": "local f = function(i) t[i] = 1 end for i = 1, 2 do t[i] = 1 end",
    "of JSON": "return cjson.decode(ARGV[1])",
    "of msgpack": "return cmsgpack.unpack(ARGV[1])",
    "the map of a hash": "redis.setresp(3) return redis.call('HGETALL', KEYS[1]).map",
    "the set of a hash": "redis.setresp(3) for _, v in pairs(redis.call('HGETALL')) do end",
    "whatever is asked for": "redis.setresp(3) return redis.call(unpack(ARGV))",
    "a name that goes on": "redis.setresp(3) return redis.call('GET' .. ARGV[1])",
    "a call by another name": "redis.setresp(3) local c = redis.call return c(ARGV[1])",
    "the commands": "redis.setresp(3) return redis.call('COMMAND')",
    "a hidden setresp": "redis['set' .. 'resp'](3) return 1",
    "a setresp that is found": "for k, v in pairs(redis) do v(3) end",
    "a library in a variable": "local r = redis return r",
    "a library at the end": "return redis",
    "code out of text": "return loadstring(ARGV[1])()",
    "rawset": "rawset(t, ARGV[1], 1)",
    "a metatable": "setmetatable(t, {})",
}


@pytest.mark.parametrize("source", PROVEN)
def test_a_script_whose_fields_all_have_their_names_written_down_is_harmless(source):
    assert harmless(source.encode())


@pytest.mark.parametrize("source", IN_DOUBT.values(), ids=list(IN_DOUBT))
def test_a_script_that_might_make_a_field_of_any_name_is_not(source):
    assert not harmless(source.encode())
