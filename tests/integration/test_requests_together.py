"""What comes in one piece is answered as the real server answers it, byte for byte.

The mock performs plain calls that come together in rows; here they stand among all that may end
such a row, and what was counted of them is looked at as well.
"""

from __future__ import annotations

import random
import re
import socket

import pytest

from mock_backend import MockServer
from mock_backend.transport.connection import Connection
from tests.integration.differential.pair import COMPAT
from tests.soak.link import Words, encoded
from tests.targets import Server

PROGRAMS, CALLS = 40, 40
KEYS = ("a", "b", "c")

PLAIN = """
GET k|set k 1|set k x|SET k 2 NX|SET k 2 GET|SET k 2 BAD|INCR k|APPEND k x|LPUSH k x y|LPOP k
LRANGE k 0 -1|ZADD k 1.5 m|ZADD k XX 2 m|ZSCORE k m|ZRANGE k 0 -1 WITHSCORES|HSET k f v|HGETALL k
HINCRBY k n 1|SADD k m|SMEMBERS k|EXISTS k k|RENAME k k|TYPE k|TTL k|PERSIST k|DEL k|UNLINK k k|GET
gEt k|GETDEL k|GETRANGE k 0 0|STRLEN k|XLEN k|XADD k 1-1 f v|SETBIT k 3 1|BITCOUNT k|COPY k k
"""
OTHERS = """
MULTI|EXEC|DISCARD|WATCH a|UNWATCH|SELECT 1|SELECT 0|SELECT 99|FLUSHALL|SUBSCRIBE news|PING|DBSIZE
UNSUBSCRIBE news|PUBLISH news hello|PSUBSCRIBE __key*|PUNSUBSCRIBE __key*|CLIENT REPLY SKIP
CLIENT REPLY OFF|CLIENT REPLY ON|NO SUCH COMMAND|WAIT 0 0|ECHO x|SWAPDB 0 1|LMPOP 1 k LEFT|HELLO 9
CLIENT TRACKING on|CLIENT TRACKING off|CONFIG SET notify-keyspace-events KEA
"""
SCRIPTS: tuple[Words, ...] = (
    ("EVAL", "return redis.call('INCR', KEYS[1])", 1, "a"),
    ("EVAL", "redis.call('PUBLISH', 'news', 'hello') return redis.call('GET', KEYS[1])", 1, "a"),
    ("EVAL", "return {redis.pcall('LPUSH', KEYS[1], 'x'), 1.5, false}", 1, "b"),
)
BEFORE: tuple[Words, ...] = (
    ("FLUSHALL",),
    ("CONFIG", "SET", "notify-keyspace-events", ""),
    ("CONFIG", "RESETSTAT"),
)
BEHIND: tuple[Words, ...] = (("RESET",), ("CLIENT", "REPLY", "ON"), ("ECHO", "the end"))
"""Whatever a program has left behind, its end is heard."""
THE_END = b"$7\r\nthe end\r\n"
COUNTED: tuple[Words, ...] = (("INFO", "commandstats", "errorstats"), BEHIND[-1])
"""How often each command was called, refused and failed, and with which errors."""


def written(lines: str) -> list[str]:
    return [call for line in lines.split("\n") for call in line.split("|") if call]


def program(chance: random.Random) -> list[Words]:
    """Calls at random, three of four plain ones."""

    def call() -> Words:
        if chance.random() < 0.04:
            return chance.choice(SCRIPTS)
        line = chance.choice(written(PLAIN if chance.random() < 0.75 else OTHERS))
        return tuple(chance.choice(KEYS) if word == "k" else word for word in line.split())

    return [call() for _ in range(CALLS)]


def counts(answer: bytes) -> list[bytes]:
    """What was counted, without how long it took, and without what Valkey refuses but we perform:
    to unsubscribe who listens to nothing.
    """
    lines = [
        line for line in answer.split(b"\r\n") if b"stat_" in line and b"unsubscribe" not in line
    ]
    return sorted(re.sub(rb"usec.*?,(?=rej)", b"", line) for line in lines)


@pytest.mark.targets("redis", "valkey")
def test_requests_that_come_together_are_answered_as_the_real_server_does(server: Server) -> None:
    chance = random.Random(7)
    with socket.create_connection((server.host, server.port), timeout=10) as real:

        def asked(*requests: Words) -> bytes:
            real.sendall(b"".join(map(encoded, requests)))
            data = b""
            while not data.endswith(THE_END):
                data += real.recv(1 << 16)
            return data

        for _ in range(PROGRAMS):
            mock = MockServer(compat=COMPAT[server.name])
            heard: list[bytes] = []
            connection = Connection(mock.kernel, flush=heard.append, close=lambda: None)
            calls = program(chance)
            for requests in ((*BEFORE, BEHIND[-1]), (*calls, *BEHIND)):
                heard.clear()
                connection.receive(b"".join(map(encoded, requests)))
                assert b"".join(heard) == asked(*requests), calls
            heard.clear()
            connection.receive(b"".join(map(encoded, COUNTED)))
            assert counts(b"".join(heard)) == counts(asked(*COUNTED)), calls
            assert mock.bugs == []
