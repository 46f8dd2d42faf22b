"""Whether a listening connection is still the same, and what it asks; GLIDE is a fake."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from glide_shared.exceptions import ClosingError, RequestError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from glide_shared.request_type import RequestType
from redis.exceptions import ConnectionError

from adapter.connect import async_listening, listening
from adapter.connect.options import Settings
from adapter.state.pubsub import Change

HERE = Settings("here", 1, 0, None, None, None, None, None, 5, 5, None)


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


class Glide:
    """A client, its lanes and its door in one."""

    _is_closed = False

    def __init__(self, replica: bool) -> None:
        self.lanes = self
        self.settings = HERE.answered(replica=replica)
        self.limit_ms = 5000
        self.said: list[Any] = []
        self.answers: list[Any] = []

    def listening(self, heard: Any, dropped: Any) -> Any:
        return self

    def call(self, client: Any, method: Any, *args: Any) -> Any:
        return method(*args)

    def single(self, client: Any, native: Any) -> None:
        self.said.append(("remembered", native))

    def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        self.said.append(("asked", native))

    def batch(self, client: Any, natives: Any, *, limited: bool) -> Any:
        self.said += [("asked", native) for native in natives]
        return self._answer()

    def exec(self, batch: Any, raise_on_error: bool, options: Any) -> Any:
        return self._answer()

    def _answer(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def unsubscribe(self, names: Any, limit: int) -> None:
        self.said.append(("unsubscribe", names, limit))

    def punsubscribe(self, names: Any, limit: int) -> None:
        self.said.append(("punsubscribe", names, limit))


class AsyncGlide(Glide):
    async def listening(self, heard: Any, dropped: Any) -> Any:
        return self

    async def single(self, client: Any, native: Any) -> None:
        super().single(client, native)

    async def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        return super().one(client, native, limited=limited)

    async def batch(self, client: Any, natives: Any, *, limited: bool) -> Any:
        return super().batch(client, natives, limited=limited)

    async def exec(self, batch: Any, raise_on_error: bool, options: Any) -> Any:
        return super().exec(batch, raise_on_error, options)

    async def unsubscribe(self, names: Any, limit: int) -> None:
        super().unsubscribe(names, limit)

    async def punsubscribe(self, names: Any, limit: int) -> None:
        super().punsubscribe(names, limit)


@pytest.fixture(params=["synchronous", "asynchronous"])
def begin(request, monkeypatch):
    """Opens one on a fake; ``begin.gone`` says that nobody is there any more."""
    state = SimpleNamespace(gone=False)

    def knock(settings: Settings, *, greeting: bool) -> bool:
        assert not greeting
        if state.gone:
            raise ConnectionError("refused")
        return False

    async def aknock(settings: Settings, *, greeting: bool) -> bool:
        return knock(settings, greeting=greeting)

    monkeypatch.setattr(listening, "knock", knock)
    monkeypatch.setattr(async_listening, "aknock", aknock)

    async def begin(replica: bool = False) -> Any:
        if request.param == "synchronous":
            glide = Glide(replica)
            return listening.Listening(glide, None, None), glide
        glide = AsyncGlide(replica)
        return await async_listening.AsyncListening.begin(glide, None, None), glide

    begin.state = state
    return begin


JOIN = Change(b"SUBSCRIBE", (b"a", b"b"), frozenset({b"a", b"b"}))


async def test_joining_asks_the_server_and_makes_glide_remember(begin):
    made, glide = await begin()
    glide.answers = [[None, None, 42], [None, None]]
    await done(made.join(JOIN))
    await done(made.join(JOIN))

    names = [native[1] for kind, native in glide.said if kind == "remembered"]
    assert names == [[b"a", b"b"]] * 2
    asked = [native for kind, native in glide.said if kind == "asked"]
    assert [words for _, words in asked] == [[b"a"], [b"b"], [], [b"a"], [b"b"]]
    assert [kind for kind, _ in asked].count(RequestType.ClientId) == 1


@pytest.mark.parametrize("answer", [RequestError("NOPERM no"), [RequestError("NOPERM no"), None]])
async def test_what_is_refused_glide_is_made_to_forget(begin, answer):
    made, glide = await begin()
    glide.answers = [answer]

    with pytest.raises(RequestError, match="NOPERM"):
        await done(made.join(JOIN))
    kind, native = glide.said[-1]
    assert (kind, native) == ("remembered", (RequestType.Unsubscribe, [b"a", b"b"]))


@pytest.mark.parametrize(
    ("command", "method"), [(b"UNSUBSCRIBE", "unsubscribe"), (b"PUNSUBSCRIBE", "punsubscribe")]
)
async def test_leaving_is_glides_own_call_unless_there_is_nothing_to_leave(begin, command, method):
    made, glide = await begin()
    glide.answers = [[None, 42]]
    await done(made.leave(Change(command, (b"a",), frozenset({b"a"}))))
    await done(made.leave(Change(command, (b"x",), frozenset())))

    assert glide.said[0] == (method, {b"a"}, 5000)
    assert glide.said[1] == ("asked", (listening.ASKED[command], [b"x"]))


async def test_a_connection_is_interrupted_once_the_server_knows_it_by_another_number(begin):
    made, glide = await begin()
    glide.answers = [[None, None, 42], [42], [43]]
    await done(made.join(JOIN))

    assert await done(made.interrupted()) is False
    assert await done(made.interrupted()) is True


async def test_a_connection_that_was_closed_was_interrupted(begin):
    made, glide = await begin()
    glide.answers = [ClosingError("closed")]

    assert await done(made.interrupted()) is True


async def test_a_server_that_is_too_busy_to_say_leaves_it_open(begin):
    made, glide = await begin()
    glide.answers = [GlideTimeoutError("busy"), GlideTimeoutError("gone")]

    assert await done(made.interrupted()) is None
    begin.state.gone = True
    with pytest.raises(ConnectionError, match="refused"):
        await done(made.interrupted())


async def test_at_a_replica_glide_is_asked_nothing(begin):
    made, glide = await begin(replica=True)

    assert made.on_replica
    assert await done(made.interrupted()) is False
    await done(made.ping())
    assert glide.said == []


async def test_a_ping_may_carry_what_is_to_come_back(begin):
    made, glide = await begin()
    await done(made.ping())
    await done(made.ping([b"hello"]))

    assert [native for _, native in glide.said] == [
        (RequestType.Ping, []),
        (RequestType.Ping, [b"hello"]),
    ]
