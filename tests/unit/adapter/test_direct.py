"""What is heard on one of redis-py's own connections: confirmed by the server, mended when lost."""

from __future__ import annotations

import asyncio
import inspect
import queue
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from adapter.connect import async_direct, direct
from adapter.connect.async_direct import AsyncDirect
from adapter.connect.direct import Direct
from adapter.state.pubsub import Confirmed

SECONDS = 20.0


class TestConfirmed:
    @pytest.fixture
    def confirmed(self):
        return Confirmed()

    @pytest.mark.parametrize("letter", [b"", b"p", b"s"])
    def test_a_command_is_answered_once_each_name_is_confirmed(self, confirmed, letter):
        command = letter.upper() + b"SUBSCRIBE"
        confirmed.asked(command, [b"a", b"b"])
        confirmed.take_in([letter + b"subscribe", b"a", 1])
        assert not confirmed.answered
        confirmed.take_in([letter + b"subscribe", b"b", 2])
        assert confirmed.answered
        assert list(confirmed.names[command]) == [b"a", b"b"]
        assert confirmed.count == (0 if letter == b"s" else 2)

        confirmed.asked(letter.upper() + b"UNSUBSCRIBE", [])
        confirmed.take_in([letter + b"unsubscribe", b"a", 1])
        assert not confirmed.answered
        confirmed.take_in([letter + b"unsubscribe", b"b", 0])
        assert confirmed.answered
        assert confirmed.count == 0

    def test_leaving_everything_while_nothing_is_listened_to_has_one_answer(self, confirmed):
        confirmed.asked(b"UNSUBSCRIBE", [])
        confirmed.take_in([b"unsubscribe", None, 0])
        assert confirmed.answered

    @pytest.mark.parametrize("answer", [b"PONG", b"hello", [b"pong", b"hello"]])
    def test_a_ping_has_one_answer(self, confirmed, answer):
        confirmed.asked(b"PING", [b"hello"])
        assert not confirmed.answered
        confirmed.take_in(answer)
        assert confirmed.answered

    def test_a_message_is_no_answer(self, confirmed):
        confirmed.asked(b"SUBSCRIBE", [b"a"])
        confirmed.take_in([b"message", b"a", b"subscribe"])
        assert not confirmed.answered

    def test_a_refusal_is_an_answer_until_the_next_command(self, confirmed):
        refusal = ResponseError("NOPERM")
        confirmed.asked(b"SUBSCRIBE", [b"a", b"b"])
        confirmed.take_in(refusal)
        assert confirmed.answered
        assert confirmed.refusal is refusal
        confirmed.asked(b"SUBSCRIBE", [b"a"])
        assert confirmed.refusal is None


class Connection:
    """One that says what it is told to say, and remembers what was sent."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords
        self.socket_connect_timeout = 7
        self.sent: list[tuple[Any, ...]] = []
        self.replies: queue.Queue[Any] = queue.Queue()
        self.opened = 0
        self.refusing = 0
        self.refusal: Exception | None = None

    def connect(self) -> None:
        if self.refusing:
            self.refusing -= 1
            raise ConnectionError("refused")
        self.opened += 1
        # what the connection before had still to say is not heard on this one
        self.replies = queue.Queue()

    def disconnect(self, nowait: bool = False) -> None:
        self.replies.put(ConnectionError("gone"))

    def send_command(self, *words: Any) -> None:
        self.sent.append(words)
        if self.refusal is not None:
            self.replies.put(self.refusal)
        elif words[0] == b"SUBSCRIBE":
            self.replies.put([b"subscribe", words[1], 1])

    def read_response(self, **options: Any) -> Any:
        reply = self.replies.get(timeout=SECONDS)
        if isinstance(reply, Exception):
            raise reply
        return reply


class AsyncConnection(Connection):
    async def connect(self) -> None:  # type: ignore[override]
        super().connect()

    async def disconnect(self, nowait: bool = False) -> None:  # type: ignore[override]
        pass

    async def send_command(self, *words: Any) -> None:  # type: ignore[override]
        super().send_command(*words)

    async def read_response(self, **options: Any) -> Any:
        async with asyncio.timeout(SECONDS):
            while self.replies.empty():
                await asyncio.sleep(0)
        return super().read_response()


BOTH = pytest.mark.parametrize(
    ("kind", "connection"),
    [(Direct, Connection), (AsyncDirect, AsyncConnection)],
    ids=["synchronous", "asynchronous"],
)


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def until(fulfilled: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while not fulfilled():
            await asyncio.sleep(0)


@pytest.fixture
def listening(monkeypatch):
    """One of them, its connection, and what it has told."""
    for module in (direct, async_direct):
        monkeypatch.setattr(module, "AGAIN_SECONDS", 0.001)

    def listening(kind: Any, connection: Any) -> Any:
        pool = SimpleNamespace(connection_class=connection, connection_kwargs={"db": 3})
        heard: list[Any] = []
        lost: list[Exception] = []
        made = kind(pool, heard.append, lost.append)
        return made, made._connection, heard, lost

    return listening


@BOTH
async def test_its_connection_waits_without_a_limit(kind, connection, listening):
    _, opened, _, _ = listening(kind, connection)

    assert opened.keywords == {
        "db": 3,
        "socket_timeout": None,
        "socket_connect_timeout": 7,
        "health_check_interval": 0,
    }


@BOTH
async def test_what_the_server_says_is_handed_on_as_it_is(kind, connection, listening):
    made, opened, heard, _ = listening(kind, connection)
    await done(made.ask(b"SUBSCRIBE", [b"a"], SECONDS))
    opened.replies.put([b"message", b"a", b"x"])
    await until(lambda: len(heard) == 2)

    assert heard == [[b"subscribe", b"a", 1], [b"message", b"a", b"x"]]
    assert made.count == 1
    made.end()


@BOTH
async def test_a_refusal_is_raised_to_who_asked(kind, connection, listening):
    made, opened, heard, lost = listening(kind, connection)
    opened.refusal = ResponseError("NOPERM no")

    with pytest.raises(ResponseError, match="NOPERM no"):
        await done(made.ask(b"SSUBSCRIBE", [b"a"], SECONDS))
    assert (heard, lost) == ([], [])
    made.end()


@BOTH
async def test_an_answer_that_does_not_come_is_a_timeout(kind, connection, listening):
    made, _, _, _ = listening(kind, connection)

    with pytest.raises(TimeoutError, match="Timeout reading from socket"):
        await done(made.ask(b"SSUBSCRIBE", [b"a"], 0.001))
    made.end()


@BOTH
async def test_a_lost_connection_is_told_and_opened_again_with_its_subscriptions(
    kind, connection, listening
):
    made, opened, _, lost = listening(kind, connection)
    await done(made.ask(b"SUBSCRIBE", [b"a"], SECONDS))
    opened.refusing = 2
    opened.replies.put(OSError("cut"))
    await until(lambda: len(opened.sent) == 2)

    assert [str(error) for error in lost] == ["cut"]
    assert opened.sent == [(b"SUBSCRIBE", b"a")] * 2
    assert opened.opened >= 2
    made.end()
