"""The way of one command through a cluster: which node it is sent to, and where that sends it.

``journey`` is that way as a generator, of steps that a shell takes: it is sent what came of each,
or thrown redis-py's error.  When a slot map is patched, when it is read anew, and how long one
waits follows redis-py's own client.  Pure.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from redis.exceptions import (
    AskError,
    ClusterDownError,
    ClusterError,
    ConnectionError,
    MovedError,
    RedisError,
    SlotNotCoveredError,
    TimeoutError,
    TryAgainError,
)

TTL = 16
"""How many nodes one command may be sent to."""
PATIENT_TRIES = 8
"""After so many tries one waits between them, while a slot is on its way."""
PAUSE_SECONDS = 0.05
DOWN_SECONDS = 0.25

REFUSED = (AskError, TryAgainError, ClusterDownError)
"""A node has run nothing, since the slot is not its own (MovedError is an AskError)."""


class Send(NamedTuple):
    """To be sent to ``node``; ``asking``: the slot is on its way there, and ASKING opens the door.

    Answered with the result.
    """

    node: Any
    asking: bool


class Moved(NamedTuple):
    """The slot has moved for good; answered with the node that has it now."""

    error: MovedError


class Asked(NamedTuple):
    """The slot is moving; answered with the node that may have the key."""

    name: str


class Pause(NamedTuple):
    """Nothing to do for so many seconds."""

    seconds: float


class Lost(NamedTuple):
    """The node cannot be reached: the topology is to be looked up again."""

    node: Any
    error: Exception


class Down(NamedTuple):
    """The cluster does not serve this slot: as ``Lost``, after a while."""

    error: Exception


Step = Send | Moved | Asked | Pause | Lost | Down
Journey = Generator[Step, Any, Any]


def journey(node: Any, raised: tuple[type[Exception], ...]) -> Journey:
    """Yields the steps of one command that begins at ``node``; returns its result.

    ``raised``: errors of a connection that say nothing of the node.
    Errors: ClusterError, if it was sent about too often; whatever else came of it.
    """
    asking = False
    for tries in range(1, TTL + 1):
        try:
            return (yield Send(node, asking))
        except RedisError as error:
            answer = error
        asking = False
        _tell(answer, node)
        if isinstance(answer, raised):
            raise answer
        if isinstance(answer, ConnectionError | TimeoutError):
            yield Lost(node, answer)
            raise answer
        if isinstance(answer, MovedError):
            node = yield Moved(answer)
        elif isinstance(answer, AskError):
            node, asking = (yield Asked(f"{answer.host}:{answer.port}")), True
        elif isinstance(answer, TryAgainError):
            if tries > PATIENT_TRIES:
                yield Pause(PAUSE_SECONDS)
        else:
            if isinstance(answer, ClusterDownError | SlotNotCoveredError):
                yield Pause(DOWN_SECONDS)
                yield Down(answer)
            raise answer
    exhausted = ClusterError("TTL exhausted.")
    _tell(exhausted, node)
    raise exhausted


def _tell(error: Any, node: Any) -> None:
    """The node that redis-py's figures of errors are kept for."""
    error.connection = node
