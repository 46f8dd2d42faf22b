"""Calls of commands that only later servers have, Redis 7.4 to 8.8.

Where the server does not know the command, the error is compared, which repeats the words that
arrived; what the mock can be (``redis-8.0``) answers there.
"""

from __future__ import annotations

from tests.integration.parity_calls import Exchange, do, script

H = do.hset("h", mapping={"f": "v", "n": 10, "m": "w"})
K = do.set("k", "v")
L = do.rpush("l", "a", "b", "c")
S = do.sadd("s", 1, 2, 3)
X = do.xadd("x", {"f": "v"}, id="1-1")
FAR = 4_000_000_000
"""Seconds since 1970: a moment that no test run will see."""

FIELD_EXPIRY: list[Exchange] = [
    (H, do.hexpire("h", 100, "f", "none"), do.httl("h", "f", "n", "none")),
    (H, do.hexpire("h", 100, "f", nx=True), do.hexpire("h", 50, "f", gt=True)),
    (H, do.hexpire("h", 0, "f"), do.hgetall("h")),
    (H, do.hexpire("h", -1, "f")),
    (H, do.hexpire("h", 100, "f", nx=True, xx=True)),
    do.hexpire("none", 100, "f"),
    (K, do.hexpire("k", 100, "f")),
    (H, do.hpexpire("h", 100_000, "f"), do.httl("h", "f")),
    do.hpexpire("h", "soon", "f"),
    (H, do.hexpireat("h", FAR, "f"), do.hexpiretime("h", "f", "n")),
    do.hexpireat("h", "soon", "f"),
    (H, do.hpexpireat("h", FAR * 1000, "f"), do.hpexpiretime("h", "f", "n")),
    do.hpexpireat("h", "soon", "f"),
    (H, do.hpttl("h", "n", "none")),
    (K, do.hpttl("k", "f")),
    (K, do.httl("k", "f")),
    (K, do.hexpiretime("k", "f")),
    (K, do.hpexpiretime("k", "f")),
    (H, do.hexpire("h", 100, "f"), do.hpersist("h", "f", "n", "none")),
    (K, do.hpersist("k", "f")),
    (H, do.hgetdel("h", "f", "none"), do.hgetall("h")),
    do.hgetdel("h"),
    (K, do.hgetdel("k", "f")),
    (H, do.hgetex("h", "f", "none", ex=100), do.httl("h", "f")),
    (H, do.hgetex("h", "f", persist=True)),
    do.hgetex("h", "f", ex=1, px=1),
    (K, do.hgetex("k", "f")),
    (do.hsetex("h", "f", "v", ex=100), do.httl("h", "f")),
    do.hsetex("h", mapping={"f": 1, "g": 2}, px=100_000),
    do.hsetex("h", "f", "v", ex=1, keepttl=True),
    (K, do.hsetex("k", "f", "v")),
]

NEWER: list[Exchange] = [
    do.msetex({"a": 1, "b": 2}, ex=10),
    do.msetex({}, ex=10),
    do.msetex({"a": 1}, ex=1, px=1),
    (K, do.delex("k")),
    do.delex("k", ifeq="v", ifne="v"),
    (K, do.digest("k")),
    do.digest_local("text"),
    do.digest_local(None),
    do.increx("n", byint=2, ubound=10, ex=5),
    do.increx("n", byint=1, byfloat=1.5),
    (L, do.lmovem("l", "m", count=2)),
    do.lmovem("l", "m", src="MIDST"),
    (L, do.blmovem("l", "m", 0.01, count=2)),
    do.blmovem("l", "m", "soon"),
    (S, do.sdiffcard(1, ["s"], limit=2)),
    (S, do.sunioncard(1, ["s"], limit=2)),
    (X, do.xackdel("x", "g", "1-1")),
    (X, do.xdelex("x", "1-1")),
    do.xdelex("x"),
    (X, do.xcfgset("x", idmp_duration=10)),
    do.xcfgset("x"),
    (X, do.xnack("x", "g", "FAIL", "1-1")),
    do.xnack("x", "g", "NOPE", "1-1"),
    do.himport_prepare("fields", ["a", "b"]),
    do.himport_prepare("fields", "ab"),
    do.himport_discard("fields"),
    do.himport_discard_all(),
    do.himport_prepare_internal("fields", ["a", "b"]),
    do.himport_discard_internal("fields"),
    do.himport_discard_all_internal(),
    do.himport_set("h", "fields", "text"),
    do.hotkeys_start(["CPU"], count=3),
    do.hotkeys_start([]),
    do.hotkeys_get(),
    do.hotkeys_stop(),
    do.hotkeys_reset(),
    script("return redis.call('HTTL', KEYS[1], 'FIELDS', 1, 'f')", keys=["h"]),
]

ARRAYS: list[Exchange] = [
    do.arcount("a"),
    do.ardel("a", 1, 2),
    do.ardelrange("a", (1, 2)),
    do.arget("a", 1),
    do.argetrange("a", 1, 2),
    do.argrep("a", 0, 9, [("MATCH", "x")]),
    do.argrep("a", 0, 9, []),
    do.arinfo("a", full=True),
    do.arinsert("a", "x", "y"),
    do.arlastitems("a", 2, rev=True),
    do.arlen("a"),
    do.armget("a", 1, 2),
    do.armset("a", {1: "x", 2: "y"}),
    do.arnext("a"),
    do.arop("a", 0, 9, "SUM"),
    do.arring("a", 4, "x"),
    do.arscan("a", 0, 9, limit=3),
    do.arseek("a", 3),
    do.arset("a", 1, "x"),
]
