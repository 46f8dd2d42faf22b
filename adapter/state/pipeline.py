"""A pipeline's plans before they are sent, and what its replies mean; pure.

The queue itself, chaining and the numbered error text are redis-py's own (its ``Pipeline`` is the
base class). Here: which plans may share a batch, how a refused transaction is understood, and
what a batch's replies mean.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from glide_shared.request_type import RequestType
from redis.exceptions import ExecAbortError, ResponseError

from adapter.translate.plan import Lane, Native, Plan
from adapter.translate.routes import route

POISON_NAME = "ADAPTER.NO-SUCH-COMMAND"
POISON = route([POISON_NAME.encode()]).native
"""Behind it, no transaction is ever executed."""

UNPLANNED = {
    "MULTI": RequestType.Multi,
    "EXEC": RequestType.Exec,
    "DISCARD": RequestType.Discard,
    "WATCH": RequestType.Watch,
    "UNWATCH": RequestType.UnWatch,
}
"""Commands that a route refuses, since they bind a shared connection; a pipeline knows what it
does.
"""

Probe = Generator[list[Native], bool, int]


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring commands of a pipeline that travel together; ``first`` is the index of the
    first one.
    """

    lane: Lane
    first: int
    plans: list[Plan]


def same(words: Any, reply: Any) -> Any:
    """A status reply as redis-py's parser gives it: bytes."""
    return b"OK" if reply == "OK" else reply


def unplanned(words: list[bytes], name: Any) -> Plan:
    """The plan of one of ``UNPLANNED``, sent as it is."""
    request_type = UNPLANNED[words[0].decode().upper()]
    return Plan(words, Native(request_type, words[1:]), same, Lane.SHARED, name)


def runs(plans: Sequence[Plan]) -> list[Run]:
    """Splits a non-transactional pipeline where the lane changes; a waiting or lonely command is
    its own run.
    """
    found: list[Run] = []
    for index, plan in enumerate(plans):
        together = plan.lane in (Lane.SHARED, Lane.PLAIN)
        if together and found and found[-1].lane is plan.lane:
            found[-1].plans.append(plan)
        else:
            found.append(Run(plan.lane, index, [plan]))
    return found


def lane_of(plans: Sequence[Plan]) -> Lane:
    """The one connection for a transaction: nothing waits inside MULTI, so BLOCKING is as good as
    SHARED.
    """
    lanes = {plan.lane for plan in plans}
    if Lane.SESSION in lanes:
        return Lane.SESSION
    return Lane.PLAIN if Lane.PLAIN in lanes else Lane.SHARED


def culprit(natives: Sequence[Native]) -> Probe:
    """Finds which command a server refused to queue; the index of the first one.

    GLIDE tells the refusal and not whose it was.  Yields transactions that can never be executed
    (they end in an unknown command); is sent whether the refusal came before that command, and
    returns the index.
    """
    low, high = 0, len(natives) - 1
    while low < high:
        middle = (low + high) // 2
        refused = yield [*natives[: middle + 1], POISON]
        if refused:
            high = middle
        else:
            low = middle + 1
    return low


def refused_earlier(error: BaseException) -> bool:
    """Of a probe's error: whether a command before the poison was refused."""
    return POISON_NAME not in str(error)


def refused_in_queue(error: BaseException) -> bool:
    """Whether a transaction failed because a command could not be queued, rather than for the
    connection's sake.
    """
    if isinstance(error, ExecAbortError) or not isinstance(error, ResponseError):
        return False
    return "EXEC without MULTI" not in str(error)
