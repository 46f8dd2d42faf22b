"""What mypy --strict infers of a program does not change with its import.

The program calls a hundred methods, on the synchronous and on the asynchronous client, and asks for
the type of each result.  (``pubsub()`` is left out: redis-py has no type for it, the adapter has.)
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CALLS = """
    get("k"); set("k", 1, ex=5); mget(["a", "b"]); mset({"a": 1}); msetnx({"a": 1}); setnx("k", 1)
    setex("k", 1, "v"); psetex("k", 1, "v"); getset("k", 1); getdel("k"); getex("k")
    append("k", "v")
    strlen("k"); incr("k"); incrby("k", 2); incrbyfloat("k", 1.5); decr("k"); getrange("k", 0, 1)
    setrange("k", 0, "v"); setbit("k", 0, 1); getbit("k", 0); bitcount("k"); bitpos("k", 1)
    delete("k"); unlink("k"); exists("k"); expire("k", 1); pexpire("k", 1); expireat("k", 1)
    ttl("k"); pttl("k"); persist("k"); type("k"); rename("a", "b"); renamenx("a", "b")
    copy("a", "b")
    dump("k"); restore("k", 0, b""); touch("k"); randomkey(); keys("*"); scan(0); dbsize()
    sort("l")
    lpush("l", 1); rpush("l", 1); lpop("l"); rpop("l"); llen("l"); lrange("l", 0, 1)
    lindex("l", 0)
    lset("l", 0, "v"); lrem("l", 0, "v"); ltrim("l", 0, 1); linsert("l", "BEFORE", "a", "b")
    lpos("l", "v"); lmove("a", "b"); rpoplpush("a", "b"); blpop(["l"], 1); brpop(["l"], 1)
    sadd("s", 1); srem("s", 1); smembers("s"); sismember("s", "1"); scard("s"); spop("s")
    srandmember("s"); sinter(["a", "b"]); sunion(["a", "b"]); sdiff(["a", "b"])
    smove("a", "b", "c")
    hset("h", "f", "v"); hget("h", "f"); hmget("h", ["f"]); hgetall("h"); hdel("h", "f"); hlen("h")
    hkeys("h"); hvals("h"); hexists("h", "f"); hincrby("h", "f"); hincrbyfloat("h", "f")
    hscan("h")
    zadd("z", {"a": 1}); zrem("z", "a"); zcard("z"); zcount("z", 0, 1); zscore("z", "a")
    zrange("z", 0, 1); zrank("z", "a"); zrevrank("z", "a"); zincrby("z", 1, "a"); zpopmin("z")
    zrangebyscore("z", 0, 1); zunion(["a", "b"]); xadd("x", {"f": "v"}); xlen("x"); xrange("x")
    xread({"x": "0"}); xdel("x", "0-1"); xack("x", "g", "0-1"); pfadd("p", 1); pfcount("p")
    publish("c", "m"); ping(); echo("x"); info(); time(); flushdb(); config_get("*"); client_list()
    eval("return 1", 0); script_load("return 1"); pipeline(); lock("l"); scan_iter("*")
""".replace("\n", ";").split(";")

METHODS = [call.strip() for call in CALLS if call.strip()]
HEAD = """
import {package}
import {package}.asyncio

client: {package}.Redis = {package}.Redis(decode_responses=True)
other: {package}.asyncio.Redis = {package}.asyncio.Redis()

def program() -> None:
"""
OURS = re.compile(r"\badapter\.(asyncio\.)?(client|pubsub)\.")
THEIRS = re.compile(r"\bredis\.(asyncio\.)?client\.")


def inferred(folder: Path, package: str) -> list[str]:
    """What mypy reveals of every call, and what it objects to."""
    calls = [f"    reveal_type({face}.{call})" for call in METHODS for face in ("client", "other")]
    program = folder / f"with_{package}.py"
    program.write_text(HEAD.format(package=package) + "\n".join(calls) + "\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--no-error-summary"]
    ran = subprocess.run(
        [*command, f"--cache-dir={folder / 'cache'}", str(program)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not ran.stderr, ran.stderr
    said = [line.partition(".py:")[2] for line in ran.stdout.splitlines()]
    return [THEIRS.sub("", OURS.sub("", line)) for line in said if line]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_program_has_the_same_types_with_both(tmp_path: Path) -> None:
    assert len(METHODS) >= 100

    theirs, ours = (inferred(tmp_path, package) for package in ("redis", "adapter"))

    assert len(theirs) >= 2 * len(METHODS)
    assert ours == theirs
