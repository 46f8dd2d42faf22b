"""The way of one command through a cluster: which node it is sent to, and where that node sends it.

``journey`` is that way as a generator, of steps that a shell takes: it is sent what came of each, or
thrown redis-py's error.  What the steps are follows redis-py's own client, which decides when a slot
map is patched, when it is read anew, and how long one waits.  Pure.
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
        except raised as error:
            raise _at(error, node)
        except (ConnectionError, TimeoutError) as error:
            yield Lost(node, error)
            raise _at(error, node)
        except MovedError as error:
            moved = error
            asking = False
        except AskError as error:
            node, asking = (yield Asked(f"{error.host}:{error.port}")), True
            continue
        except TryAgainError:
            asking = False
            if tries > PATIENT_TRIES:
                yield Pause(PAUSE_SECONDS)
            continue
        except (ClusterDownError, SlotNotCoveredError) as error:
            yield Pause(DOWN_SECONDS)
            yield Down(error)
            raise _at(error, node)
        except RedisError as error:
            raise _at(error, node)
        node = yield Moved(moved)
    raise _at(ClusterError("TTL exhausted."), node)


def _at(error: Any, node: Any) -> Any:
    """The error, with the node that redis-py's figures of errors are kept for."""
    error.connection = node
    return error
