"""A connection that is driven by hand: what was sent is answered in order."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from glide_shared.exceptions import RequestError
from redis.exceptions import ConnectionError, DataError, RedisError, ResponseError

import adapter
from adapter.connect import async_connection, connection
from adapter.connect.async_pool import ConnectionPool as AsyncConnectionPool
from adapter.connect.options import Settings

THERE = Settings("there", 7, 0, None, None, None, None, None, 5, 5, None)


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


class Sender:
    """A door with nobody behind it: every command is answered by its own words."""

    def __init__(self) -> None:
        self.lanes = self
        self.borrowed = 0
        self.discarded = 0
        self.asked: list[Any] = []

    def borrow(self) -> Any:
        self.borrowed += 1
        return SimpleNamespace(client=SimpleNamespace(_is_closed=False), settings=THERE)

    def discard(self, borrowed: Any) -> None:
        self.discarded += 1

    def alive(self, client: Any) -> bool:
        return not client._is_closed

    def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        assert limited
        self.asked.append(native[1])
        if native[1] == [b"wrong"]:
            raise RequestError("WRONGTYPE: no list")
        return native[1][-1] if native[1] else b"PONG"


class AsyncSender(Sender):
    async def borrow(self) -> Any:  # type: ignore[override]
        return super().borrow()

    async def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        return super().one(client, native, limited=limited)


@pytest.fixture(params=["synchronous", "asynchronous"])
def by_hand(request):
    """Makes a connection and its sender."""

    def by_hand(**keywords: Any) -> Any:
        if request.param == "synchronous":
            pool, sender = adapter.ConnectionPool(**keywords), Sender()
            pool.sender = sender
            return connection.GlideConnection(pool), sender
        awaitable, sender = AsyncConnectionPool(**keywords), AsyncSender()
        awaitable.sender = lambda: sender
        return async_connection.GlideConnection(awaitable), sender

    return by_hand


async def test_answers_are_read_in_the_order_of_the_commands(by_hand):
    made, sender = by_hand()
    assert not made.is_connected
    await done(made.send_command("ECHO", "a"))
    await done(made.send_packed_command(made.pack_commands([("ECHO", "b"), ("ECHO", "c")])))
    await done(made.send_packed_command(made.pack_command("ECHO", "d")))

    assert await done(made.can_read())
    assert [await done(made.read_response()) for _ in range(4)] == [b"a", b"b", b"c", b"d"]
    assert not await done(made.can_read())
    assert (made.is_connected, sender.borrowed) == (True, 1)
    assert (made.host, made.port) == ("there", 7)


async def test_an_error_is_raised_to_who_reads_it(by_hand):
    made, _ = by_hand()
    await done(made.send_command("GET", "wrong"))
    await done(made.send_command("ECHO", "a"))

    with pytest.raises(ResponseError, match=r"^WRONGTYPE no list$"):
        await done(made.read_response())
    assert await done(made.read_response()) == b"a"


async def test_where_nothing_was_sent_nothing_is_read(by_hand):
    made, _ = by_hand()

    with pytest.raises(ConnectionError, match="nothing was sent"):
        await done(made.read_response())


async def test_what_redis_py_refuses_and_what_would_change_the_protocol_is_not_sent(by_hand):
    made, sender = by_hand()

    with pytest.raises(DataError):
        await done(made.send_command("GET", None))
    with pytest.raises(RedisError, match="HELLO with options would change the protocol"):
        await done(made.send_command("HELLO", 3, "SETNAME", "x"))
    assert sender.asked == []


async def test_answers_are_decoded_unless_bytes_are_asked_for(by_hand):
    made, _ = by_hand(decode_responses=True)
    await done(made.send_command("ECHO", "a"))
    await done(made.send_command("ECHO", "b"))

    assert await done(made.read_response()) == "a"
    assert await done(made.read_response(disable_decoding=True)) == b"b"


async def test_disconnecting_forgets_what_was_not_read_and_connecting_takes_another(by_hand):
    made, sender = by_hand()
    await done(made.send_command("ECHO", "a"))
    await done(made.disconnect())
    await done(made.disconnect())

    assert not await done(made.can_read())
    assert not made.is_connected
    await done(made.connect())
    await done(made.connect())
    assert (sender.borrowed, sender.discarded) == (2, 1)


async def test_a_connection_that_was_closed_under_it_is_replaced(by_hand):
    made, sender = by_hand()
    await done(made.connect())
    made._borrowed.client._is_closed = True

    await done(made.send_command("ECHO", "a"))
    assert sender.borrowed == 2


async def test_health_is_asked_for_before_a_command_but_not_with_one_that_says_no(by_hand):
    made, sender = by_hand(health_check_interval=60)
    await done(made.send_command("ECHO", "a", check_health=False))
    await done(made.send_command("ECHO", "b"))
    await done(made.send_command("ECHO", "c"))

    assert sender.asked == [[b"a"], [], [b"b"], [b"c"]]


async def test_what_glide_does_by_itself_is_there_to_be_called(by_hand):
    made, sender = by_hand()
    made.register_connect_callback(print)
    made.deregister_connect_callback(print)
    made.set_re_auth_token("token")
    await done(made.re_auth())
    await done(made.check_health())

    assert sender.asked == []
