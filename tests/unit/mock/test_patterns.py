"""Pattern matching in Lua (matching.lua) against Lua's own in C: the same results and texts."""

from __future__ import annotations

import random

import pytest
from lupa.lua51 import LuaRuntime

from mock_backend.scripting import engine

ITEMS = (
    "a b . %a %d [ab] [^a] [a-c%d] %s (a) (.) () %1 %2 (a*) (.-) %b() %bab %f[%a] %f[^a] []] [^]]"
    " [%]] [a-] ^ $ %. %z ab abc (ab) ((a)b) [%a_][%w_]* %f %b % [ ( ) %9 %0 .? - *"
).split()
SUFFIXES = ("", "", "", "*", "+", "-", "?")
REPLACEMENTS = (
    '"<%0>"', '"%1"', '"%2%%%a"', '"%"', "5", '{a="1",b=2,ab=false}', "{a={}}",
    'function(...) return select("#",...) end', "function() return {} end",
)  # fmt: skip
SHOW = (
    "local function show(...) local t={} for i=1,select('#',...) do"
    " t[i]=type((select(i,...)))..':'..tostring((select(i,...))) end"
    " return table.concat(t,'|') end "
)


def literal(text: str) -> str:
    return '"' + "".join(f"\\{ord(letter):03d}" for letter in text) + '"'


def expression(random_: random.Random) -> str:
    """A call of one of the four functions, with a text and a pattern of few letters."""
    text = literal(
        "".join(random_.choice("aaabbc1 ().x_\0") for _ in range(random_.randint(1, 14)))
    )
    pattern = "".join(
        random_.choice(ITEMS) + random_.choice(SUFFIXES) for _ in range(random_.randint(1, 5))
    )
    pattern = literal(random_.choice(["", "", "^"]) + pattern + random_.choice(["", "", "$"]))
    begin = random_.choice(["", "", ",3", ",-2", ",0", ",99"])
    return random_.choice(
        [
            f"string.find({text},{pattern}{begin})",
            f"string.match({text},{pattern}{begin})",
            f"string.gsub({text},{pattern},{random_.choice(REPLACEMENTS)})",
            f"({text}):gsub({pattern},{random_.choice(REPLACEMENTS)},2)",
            "(function() local t={} for a,b,c in string.gmatch("
            f"{text},{pattern}) do t[#t+1]=show(a,b,c) end return table.concat(t,';') end)()",
        ]
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [1e-9, 5e7], ids=["in Lua", "in C"])
def test_every_pattern_matches_as_in_c(call, monkeypatch, seed, steps):
    monkeypatch.setattr(engine, "MOST_STEPS", steps)
    judge = LuaRuntime(encoding=None).eval(
        b"function(s) return loadstring(s, '@user_script')() end"
    )
    random_ = random.Random(seed)
    for _ in range(400):
        script = f"{SHOW} return show(pcall(function() return {expression(random_)} end))"
        assert call("EVAL", script, 0) == judge(script.encode()), script


def test_long_texts_are_matched_as_short_ones_are(call):
    script = "return { (('ab'):rep(9000) .. 'cd'):match('(b.)d$'), #ARGV[1]:match('^%s*(.-)%s*$') }"
    assert call("EVAL", script, 0, " " * 9_000 + "x" * 2_000 + " " * 9_000) == [b"bc", 2_000]
