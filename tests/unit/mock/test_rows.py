"""Requests in a row are what they are one by one: the same replies, counts and logs."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_backend import MockServer, VirtualClock
from mock_backend.kernel import rows
from mock_backend.store.zset import ZSet
from mock_backend.transport.connection import Connection

Words = tuple[str, ...]

KEYS = st.sampled_from(["a", "b", "c"])
PLAIN = st.one_of(
    st.tuples(st.just("GET"), KEYS),
    st.tuples(st.just("set"), KEYS, st.sampled_from(["1", "x"])),
    st.tuples(st.just("SET"), KEYS, st.just("2"), st.sampled_from(["NX", "GET", "BAD"])),
    st.tuples(st.just("INCR"), KEYS),
    st.tuples(st.just("LPUSH"), KEYS, st.just("x"), st.just("y")),
    st.tuples(st.just("LRANGE"), KEYS, st.just("0"), st.just("-1")),
    st.tuples(st.just("ZADD"), KEYS, st.just("1.5"), st.just("m")),
    st.tuples(st.just("ZSCORE"), KEYS, st.just("m")),
    st.tuples(st.just("HSET"), KEYS, st.just("f"), st.just("v")),
    st.tuples(st.just("HGETALL"), KEYS),
    st.tuples(st.just("EXISTS"), KEYS, KEYS),
    st.tuples(st.just("RENAME"), KEYS, KEYS),
    st.tuples(st.just("PEXPIRE"), KEYS, st.just("1")),
    st.tuples(st.just("DEL"), KEYS),
    st.tuples(st.just("GET")),
    st.tuples(st.just("gEt"), KEYS),
    st.tuples(st.just("GETDEL"), KEYS),
)
OTHERS = st.sampled_from(
    [
        ("MULTI",),
        ("EXEC",),
        ("DISCARD",),
        ("WATCH", "a"),
        ("UNWATCH",),
        ("SELECT", "1"),
        ("SELECT", "0"),
        ("FLUSHALL",),
        ("HELLO", "3"),
        ("HELLO", "2"),
        ("SUBSCRIBE", "news"),
        ("UNSUBSCRIBE",),
        ("PUBLISH", "news", "hello"),
        ("EVAL", "return redis.call('INCR', KEYS[1])", "1", "a"),
        ("EVAL", "redis.call('PUBLISH', 'news', 'from a script') return 1", "0"),
        ("CLIENT", "REPLY", "SKIP"),
        ("CLIENT", "REPLY", "OFF"),
        ("CLIENT", "REPLY", "ON"),
        ("CLIENT", "TRACKING", "on"),
        ("CLIENT", "TRACKING", "off"),
        ("CONFIG", "SET", "notify-keyspace-events", "KEA"),
        ("CONFIG", "SET", "notify-keyspace-events", ""),
        ("CONFIG", "SET", "maxmemory", "1"),
        ("CONFIG", "SET", "maxmemory", "0"),
        ("CONFIG", "SET", "slowlog-log-slower-than", "0"),
        ("PSUBSCRIBE", "__key*"),
        ("BLPOP", "list", "1"),
        ("MONITOR",),
        ("NO SUCH COMMAND",),
        ("COMMAND", "COUNT"),
        ("PING",),
        ("RESET",),
        ("QUIT",),
        ("WAIT", "0", "0"),
        ("DEBUG", "SLEEP", "0.01"),
        (),
    ]
)


class Client:
    """A client of a server of its own, and another one that listens to everything."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.server = MockServer(clock=self.clock)
        self.received = b""
        self.connection = Connection(self.server.kernel, flush=self.hear, close=lambda: None)
        self.listener = self.server.client()
        self.listener("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        self.listener("HELLO", "3")
        self.listener("PSUBSCRIBE", "*")

    def hear(self, data: bytes) -> None:
        self.received += data

    def outcome(self) -> list[object]:
        """Everything that can be told afterwards, but how long it took."""
        kernel, session = self.server.kernel, self.connection.session
        counts = {
            command.name: (command.calls, command.failed, command.rejected)
            for command in kernel.every_command()
            if command.calls or command.rejected
        }
        return [
            self.received,
            self.listener.out,
            counts,
            (kernel.space.hits, kernel.space.misses, kernel.space.dirty, kernel.space.expired),
            dict(kernel.statistics.errors_by_code),
            (session.calls, session.last_command, session.last_ms, session.closing),
            [list(database.values) for database in kernel.space.databases],
            [
                content(value)
                for database in kernel.space.databases
                for value in database.values.values()
            ],
            [database.expires for database in kernel.space.databases],
            len(kernel.observer.slow.calls),
            kernel.bugs,
        ]


def content(value: object) -> object:
    """What a key holds, to be compared."""
    return value.scores if isinstance(value, ZSet) else value


def encoded(words: Words) -> bytes:
    parts = [b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words]
    return b"*%d\r\n" % len(words) + b"".join(parts)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(PLAIN, PLAIN, PLAIN, OTHERS), max_size=30))
def test_a_row_is_what_its_requests_are_one_by_one(requests: list[Words]) -> None:
    together, apart = Client(), Client()
    together.connection.receive(b"".join(map(encoded, requests)))
    for words in requests:
        if not apart.connection.session.closing:
            apart.connection.receive(encoded(words))
    assert together.outcome() == apart.outcome()
    for client in (together, apart):  # whoever waits gives up, and goes on
        client.clock.advance(2_000)
        client.server.kernel.tick()
    assert together.outcome() == apart.outcome()


@pytest.fixture
def client() -> Client:
    return Client()


def send(client: Client, *requests: Words) -> bytes:
    before = len(client.received)
    client.connection.receive(b"".join(map(encoded, requests)))
    return client.received[before:]


def test_the_calls_of_a_row_are_all_logged_as_slow_ones(client: Client) -> None:
    send(client, ("CONFIG", "SET", "slowlog-log-slower-than", "0"))
    send(client, ("SET", "a", "1"), ("GET", "a"), ("GET", "b"))
    logged = [entry.words[0] for entry in client.server.kernel.observer.slow.calls]
    assert logged[:3] == [b"GET", b"GET", b"SET"]


def test_a_row_that_takes_long_asks_for_the_time_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "AT_ONCE_NS", -1)  # every call takes longer
    asked = []
    now_ms = client.clock.now_ms

    def asked_again() -> int:
        asked.append(1)
        return now_ms()

    monkeypatch.setattr(client.clock, "now_ms", asked_again)
    assert send(client, *[("SET", "a", "1")] * 5) == b"+OK\r\n" * 5
    assert len(asked) == 5


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("GET", "text"), 7),  # of 10,000 bytes
        (("LRANGE", "list", "0", "-1"), 3),  # of 100 elements
        (("HGETALL", "hash"), 3),
        (("LLEN", "list"), 50),
    ],
)
def test_a_row_ends_where_its_replies_become_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, words: Words, most: int
) -> None:
    monkeypatch.setattr(rows, "AT_ONCE_NS", 10**12)  # however slow the machine is
    numbers = [str(number) for number in range(100)]
    send(client, ("SET", "text", "x" * 10_000), ("RPUSH", "list", *numbers))
    send(client, ("HSET", "hash", *[word for number in numbers for word in (number, "x")]))
    requests = deque([[word.encode() for word in words]] * 50)
    replies = rows.perform_row(client.server.kernel, client.connection.session, requests)
    assert (len(replies), len(requests)) == (most, 50 - most)


def test_a_handler_that_fails_unforeseen_is_told_of_and_the_row_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(client.server.kernel.commands[b"get"], "run", broken)
    answer = send(client, ("SET", "a", "1"), ("GET", "a"), ("INCR", "a"))
    assert answer.startswith(b"+OK\r\n-ERR ")
    assert answer.endswith(b":2\r\n")
    assert [type(bug) for bug in client.server.kernel.bugs] == [ZeroDivisionError]
    client.server.kernel.bugs.clear()


def test_only_what_concerns_keys_alone_is_plain() -> None:
    plain = set(MockServer().kernel.plain)
    assert {b"GET", b"set", b"ZADD", b"XADD", b"SORT", b"COPY"} <= plain
    never = b"BLPOP XREAD EVAL MULTI SUBSCRIBE PUBLISH SELECT CLIENT WAIT MIGRATE FLUSHALL SWAPDB"
    assert not plain.intersection(never.split())
