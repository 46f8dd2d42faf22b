"""What becomes of a connection that a pipeline watches on, and of a client that is closed."""

from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import pytest
from glide_shared.exceptions import ClosingError
from redis.exceptions import ConnectionError

import adapter
import adapter.asyncio


class Sender:
    """A door that says whether UNWATCH succeeds, and what became of the connection."""

    def __init__(self, failure: BaseException | None) -> None:
        self.lanes = self
        self.failure = failure
        self.fate: list[str] = []

    def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        self.fate.append("unwatched")
        if self.failure is not None:
            raise self.failure

    def give_back(self, held: Any) -> None:
        self.fate.append("given back")

    def discard(self, held: Any) -> None:
        self.fate.append("discarded")


class AsyncSender(Sender):
    async def one(self, client: Any, native: Any, *, limited: bool) -> Any:
        return super().one(client, native, limited=limited)


def pipeline(library: Any, failure: BaseException | None = None, *, watching: bool = True) -> Any:
    """A pipeline that holds a connection, and its sender."""
    pipe = library.Redis().pipeline()
    if library is adapter:
        sender = pipe.connection_pool.sender = Sender(failure)
    else:
        sender = AsyncSender(failure)
        pipe.connection_pool.sender = lambda: sender
        pipe.connection_pool.senders = lambda: [sender]
    pipe._held = pipe.connection = SimpleNamespace(client=None)
    pipe.watching = watching
    return pipe, sender


OUTCOMES = [
    (None, ["unwatched", "given back"]),
    (ConnectionError("gone"), ["unwatched", "discarded"]),
    (ClosingError("gone"), ["unwatched", "discarded"]),
]


@pytest.mark.parametrize(("failure", "fate"), OUTCOMES)
def test_a_connection_that_still_watches_is_never_given_back(failure, fate):
    pipe, sender = pipeline(adapter, failure)

    pipe.reset()

    assert sender.fate == fate
    assert (pipe.connection, pipe.watching, pipe._held) == (None, False, None)


@pytest.mark.parametrize(("failure", "fate"), OUTCOMES)
async def test_nor_is_it_awaited(failure, fate):
    pipe, sender = pipeline(adapter.asyncio, failure)

    await pipe.reset()

    assert sender.fate == fate
    assert (pipe.connection, pipe.watching, pipe._held) == (None, False, None)


async def test_who_is_cancelled_over_it_leaves_no_watching_connection_behind():
    pipe, sender = pipeline(adapter.asyncio, asyncio.CancelledError())

    with pytest.raises(asyncio.CancelledError):
        await pipe.reset()
    assert sender.fate == ["unwatched", "discarded"]


@pytest.mark.parametrize("library", [adapter, adapter.asyncio])
def test_a_forgotten_pipelines_connection_is_discarded_without_a_word(library):
    pipe, sender = pipeline(library)

    del pipe
    gc.collect()

    assert sender.fate == ["discarded"]


def closed(pool: Any, told: list[str]) -> Any:
    """The pool; closing it only leaves a word."""

    async def aclose() -> None:
        told.append("closed")

    pool.close, pool.aclose = lambda: told.append("closed"), aclose
    return pool


@pytest.mark.parametrize("library", [adapter, adapter.asyncio])
async def test_a_pool_that_the_client_was_given_stays_open(library):
    told: list[str] = []
    given = library.Redis(connection_pool=closed(library.ConnectionPool(), told))
    own = library.Redis.from_pool(closed(library.ConnectionPool(), told))
    for client in (given, own):
        await client.aclose() if library is adapter.asyncio else client.close()

    assert told == ["closed"]


@pytest.mark.parametrize("library", [adapter, adapter.asyncio])
async def test_a_client_whose_making_failed_can_be_closed(library):
    client = library.Redis.__new__(library.Redis)

    assert (await client.aclose() if library is adapter.asyncio else client.close()) is None
