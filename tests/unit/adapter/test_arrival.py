"""Which server a client finds: the one that was named, or the one that Sentinel names."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from adapter.connect import arrival
from adapter.connect.options import Service, Settings

HERE = Settings("named", 1, 0, None, None, None, None, None, 5, 5, None)
MASTER, DEAD, REPLICA = ("master", 7), ("dead", 8), ("replica", 9)


class Pool:
    """A Sentinel's pool, in both manners."""

    replicas = (DEAD, REPLICA)

    def get_master_address(self) -> tuple[str, int]:
        return MASTER

    def rotate_slaves(self) -> Any:
        yield from self.replicas


class AsyncPool(Pool):
    async def get_master_address(self) -> tuple[str, int]:  # type: ignore[override]
        return MASTER

    async def rotate_slaves(self) -> Any:
        for address in self.replicas:
            yield address


@pytest.fixture(params=[False, True], ids=["synchronous", "asynchronous"])
def arrived(request, monkeypatch):
    """Where such settings lead, and at which doors it was knocked."""
    doors: list[tuple[str, int]] = []

    def knock(settings: Settings) -> bool:
        doors.append((settings.host, settings.port))
        if settings.host == "dead":
            raise ConnectionError("nobody is there")
        return settings.host == "replica"

    async def aknock(settings: Settings) -> bool:
        return knock(settings)

    monkeypatch.setattr(arrival, "knock", knock)
    monkeypatch.setattr(arrival, "aknock", aknock)

    def arrived(is_master: bool | None, replicas: Any = Pool.replicas) -> tuple[Settings, Any]:
        pool = AsyncPool() if request.param else Pool()
        pool.replicas = replicas
        service = None if is_master is None else Service(lambda: pool, is_master)
        settings = Settings(**{**_fields(HERE), "service": service})
        if request.param:
            return asyncio.run(arrival.aarrive(settings)), doors
        return arrival.arrive(settings), doors

    return arrived


def _fields(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in Settings.__slots__}


def test_without_sentinel_it_is_the_one_that_was_named(arrived):
    found, doors = arrived(None)

    assert (found.host, found.port, found.replica) == ("named", 1, False)
    assert doors == [("named", 1)]


def test_a_master_is_asked_of_sentinel(arrived):
    found, doors = arrived(True)

    assert (found.host, found.port, found.replica) == (*MASTER, False)
    assert doors == [MASTER]


def test_of_the_replicas_the_first_that_answers_is_taken(arrived):
    found, doors = arrived(False)

    assert (found.host, found.port, found.replica) == (*REPLICA, True)
    assert doors == [DEAD, REPLICA]


def test_where_no_replica_answers_the_last_error_is_sentinels(arrived):
    with pytest.raises(ConnectionError, match="Sentinel named no server"):
        arrived(False, replicas=(DEAD,))
