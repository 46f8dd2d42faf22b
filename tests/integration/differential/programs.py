"""Generated Lua programs: expressions over odd numbers, texts and tables.

What would end a real server is left out: an error that is a table without a text.
"""

from __future__ import annotations

import random
from typing import Final

NUMBERS: Final = (
    "0 -0 1 2 3 -1 7 10 1.5 -2.5 0.1 1e15 1e16 1e17 123456789012 2^31 2^32 2^53 2^53+1 2^62 2^63"
    " -2^63 2^64 1e100 -1e300 (0/0) (1/0) (-1/0) 255 256 65536 -129 -32769 3.14159265358979 1e-5"
    " 1e-310 99999999999999 100000000000000 4294967295 -4294967296 0x10 127 128"
).split()
TEXTS: Final = (
    "''", "'a'", "'abc'", "'12'", "'0x1F'", "' 5 '", "'1e2'", "'nan'", "'inf'", "'-'", "'a\\0b'",
    "'\\255\\254'", "'hello world'", "'a,b,,c'", "'%d'", "'[1,2,{\"a\":null}]'",
    "'{\"a\":1.5,\"b\":[true,false]}'", "'\"x\\\\u00e9\"'", "'-0'", "'true'", "'ERR x'", "'-ERR y'",
    "'CODE some text'", "'(a)b'", "string.rep('x', 33)", "'\\127\\128'", "'\\t\"\\\\'",
)  # fmt: skip
PATTERNS: Final = (
    "'a' '.' '%a+' '(%w)' '^%s*(.-)%s*$' '[^,]*' '()' '(.)(.)' '%d+' '.-b' '[%z]' '%%'"
    " '[a' '%' '(a'"
    " '%f[%w]%w+' '%b{}' '(a*(.)%w(%s*))' 'x*' '' '$' 'l+'"
).split()
FORMATS: Final = (
    "'%d' '%5d|' '%-5d|' '%05d' '%x' '%X' '%o' '%u' '%c' '%i' '%g' '%.3f' '%e' '%.17g' '%q' '%s'"
    " '%10s|' '%.2s|' '%+d' '%#x' '%%' '%' '%y' '%a' '%123d'"
).split()
STRUCTS: Final = "b B h H i I l L f d s c0 c3 > < ! !4 i3 I8 x i16 c T".split()
OF_ONE: Final = (
    "tostring(%s)|tonumber(%s)|type(%s)|tonumber(%s,16)|select('#',%s)|next(%s)|rawget(%s,1)"
    "|unpack(%s)"
    "|math.floor(%s)|math.abs(%s)|string.len(%s)|string.upper(%s)|string.byte(%s)|assert(%s)|#%s"
    "|math.fmod(%s,3)|math.max(%s,1)|math.modf(%s)|cjson.encode(%s)|cjson.decode(%s)|bit.tobit(%s)"
    "|cjson.decode(cjson.encode(%s))|cmsgpack.pack(%s)|cmsgpack.unpack(cmsgpack.pack(%s))|-%s"
    "|not %s"
    "|cmsgpack.unpack(%s)|bit.bnot(%s)|bit.tohex(%s)|redis.sha1hex(%s)|redis.error_reply(%s)"
    "|redis.status_reply(%s)|redis.acl_check_cmd(%s)|pcall(error,%s)|pcall(function()"
    " return %s end)"
    "|table.getn(%s)|(function(...) return select('#',...) end)(%s)"
    "|coroutine.wrap(function(x) return x"
    " end)(%s)|redis.pcall('echo',%s)|redis.call('echo',%s)|pcall(redis.call,%s)"
).split("|")
OF_TWO: Final = (
    "(%s)+(%s)|(%s)*(%s)|(%s)/(%s)|(%s)%%(%s)|(%s)..(%s)|(%s)==(%s)|(%s)<(%s)|(%s) and (%s)"
    "|(%s) or (%s)|string.sub(%s,%s)|string.rep(%s,(%s)%%5)|string.byte(%s,%s)|table.concat(%s,%s)"
    "|select(%s,%s)|rawequal(%s,%s)|tonumber(%s,%s)|cjson.decode((%s)..(%s))|math.ldexp(%s,%s)"
    "|bit.band(%s,%s)|bit.bxor(%s,%s)|bit.lshift(%s,%s)|bit.arshift(%s,%s)|bit.rol(%s,%s)"
    "|bit.tohex(%s,%s)|cmsgpack.unpack_one(%s,%s)|cmsgpack.unpack_limit(%s,%s)|(%s)[%s]|(%s).x(%s)"
    "|(%s):gsub('.',%s)|redis.pcall(%s,%s)"
).split("|")
TABLES: Final = (
    "{%s}|{%s,%s}|{nil,%s,nil,%s}|{ok=%s}|{err=%s}|{double=%s}|{big_number=%s}|{map={%s}}"
    "|{map={a=%s}}"
    "|{set={[1]=true}}|{verbatim_string={format='txt',string=%s}}|{a=%s}|{[1.5]=%s}|{[2]=%s}"
    "|{[10]=%s}"
).split("|")
BEGINNINGS: Final = ("", "", "", "redis.setresp(3) ", "redis.setresp(3) ", "\n\n")
ENDS: Final = (
    "return %s|return %s|return %s|return {%s}|return tostring(%s)|error(tostring(%s))"
    "|local ok, e = pcall(function() return %s end) return {ok and 1 or 0, tostring(e)}"
).split("|")


class Programs:
    """Programs of one seed, one after the other."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._one = self._random.choice

    def program(self) -> str:
        """The next one."""
        return self._one(BEGINNINGS) + self._one(ENDS) % self._expression(3)

    def _leaf(self) -> str:
        constants = ("nil", "true", "false", "cjson.null", "{}", "KEYS[1]", "ARGV[1]", "ARGV[2]")
        return self._one((self._one(NUMBERS), self._one(TEXTS), self._one(constants)))

    def _expression(self, depth: int) -> str:
        if depth == 0 or self._random.random() < 0.15:
            return self._leaf()
        kind = self._random.randrange(10)
        if kind < 4:
            return self._filled(self._one(OF_ONE), depth)
        if kind < 7:
            return self._filled(self._one(OF_TWO), depth)
        if kind == 7:
            return self._filled(self._one(TABLES), depth)
        if kind == 8:
            call = self._one(
                ("string.find(%s,%s)", "string.match(%s,%s)", "string.gsub(%s,%s,'<%%0>')")
            )
            return call % (self._expression(depth - 1), self._one(PATTERNS))
        return self._formatted(depth)

    def _filled(self, form: str, depth: int) -> str:
        holes = form.replace("%%", "").count("%s")
        return form % tuple(self._expression(depth - 1) for _ in range(holes))

    def _formatted(self, depth: int) -> str:
        value = self._expression(depth - 1)
        if self._random.random() < 0.5:
            return f"string.format({self._one(FORMATS)},{value})"
        form = "".join(self._one(STRUCTS) for _ in range(self._random.randint(0, 3)))
        packed = f"struct.pack('{form}',{value},{self._leaf()})"
        other = "".join(self._one(STRUCTS) for _ in range(self._random.randint(0, 3)))
        return self._one((packed, f"struct.unpack('{other}',{packed})", f"struct.size('{form}')"))
