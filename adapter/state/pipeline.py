"""A pipeline's plans before they are sent, and what its replies mean; pure.

The queue itself, chaining and the numbered error text are redis-py's own (its ``Pipeline`` is the
base class). Here: which plans may share a batch, how a refused transaction is understood, and
what a batch's replies mean.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType
from redis.client import EMPTY_RESPONSE, NEVER_DECODE
from redis.exceptions import (
    ConnectionError,
    ExecAbortError,
    RedisError,
    ResponseError,
    WatchError,
)

from adapter.state.scripts import Scripts
from adapter.translate import errors, flow
from adapter.translate.encoding import Encoder
from adapter.translate.plan import (
    Lane,
    Native,
    Plan,
    lanes_of,
    natives_of,
    together,
    types_of,
)
from adapter.translate.routes import REGULAR, route

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

_ENDINGS = (RequestType.Discard, RequestType.Exec)
"""What a caller may have queued himself, and ends the transaction before its EXEC."""

UNWATCH: Native = (RequestType.UnWatch, [])

Probes = Generator[list[Native], Any, int]
Finish = Callable[[Plan, Any, dict[str, Any]], Any]
"""``(plan, GLIDE's reply, options) -> redis-py's result``"""


@dataclass(slots=True)
class Run:
    """Neighbouring commands of a pipeline that travel together."""

    lane: Lane
    plans: list[Plan]


def immediate(args: Sequence[Any], encoder: Encoder) -> Plan:
    """The plan of a command that a pipeline runs at once."""
    try:
        return flow.plan_for_resp2(args, encoder)
    except RedisError:
        if str(args[0]).upper() not in UNPLANNED:
            raise
    return unplanned(encoder.words(args), args[0])


def requests_of(
    commands: Sequence[tuple[Sequence[Any], Any]], encoder: Encoder
) -> list[Native] | None:
    """What is sent of a pipeline of which no command needs a plan; None: one does, or there is
    none.

    Errors: ``DataError`` for a value that redis-py refuses.
    """
    try:
        if not commands or not REGULAR.keys() >= {args[0] for args, _ in commands}:
            return None
    except TypeError:
        # a name that has no hash
        return None
    requests = []
    for args, _ in commands:
        request = flow.request_of(args, encoder)
        if request is None:
            # a name that equals a text, and is none
            return None
        requests.append(request)
    return requests


def planned(commands: Iterable[Sequence[Any]], encoder: Encoder, scripts: Scripts) -> list[Plan]:
    """The plans of a pipeline; a script's on the lane where its reply is safe."""
    commands = [*commands]
    try:
        plans = [flow.plan_of(args, encoder) for args in commands]
        plain = RequestType.Hello not in types_of(natives_of(plans))
    except RedisError:
        plain = False
    if not plain:
        # with what a shared connection must not be asked
        plans = [immediate(args, encoder) for args in commands]
    if Lane.SCRIPT in lanes_of(plans):
        return [scripts.placed(plan) if plan.lane is Lane.SCRIPT else plan for plan in plans]
    return plans


def same(words: Any, reply: Any) -> Any:
    """A status reply as redis-py's parser gives it: bytes."""
    return b"OK" if reply == "OK" else reply


def unplanned(words: list[bytes], name: Any) -> Plan:
    """The plan of one of ``UNPLANNED``, sent as it is."""
    request_type = UNPLANNED[words[0].decode().upper()]
    return Plan(words, (request_type, words[1:]), same, Lane.SHARED, name)


def runs(plans: Sequence[Plan]) -> list[Run]:
    """Splits a non-transactional pipeline where a lane cannot be shared; a waiting or lonely
    command is its own run.
    """
    if lanes_of(plans) == {Lane.SHARED}:
        return [Run(Lane.SHARED, list(plans))]
    found: list[Run] = []
    for plan in plans:
        # whoever queues what is slow among others means it to be among them
        lane = Lane.SHARED if plan.lane is Lane.SLOW else plan.lane
        common = together({found[-1].lane, lane}) if found else None
        if common is None:
            found.append(Run(lane, [plan]))
        else:
            found[-1].lane = common
            found[-1].plans.append(plan)
    return found


def opens_transaction(plans: Sequence[Plan]) -> bool:
    """Whether a pipeline without a transaction of its own says MULTI, and maybe never EXEC."""
    return RequestType.Multi in types_of(natives_of(plans))


def lane_of(plans: Sequence[Plan]) -> Lane:
    """The one connection for a transaction: nothing waits inside MULTI, so BLOCKING is as good as
    SHARED.
    """
    lanes = lanes_of(plans)
    if Lane.SESSION in lanes:
        return Lane.SESSION
    return Lane.PLAIN if Lane.PLAIN in lanes else Lane.SHARED


def outcomes(
    finish: Callable[..., Any],
    asked: Iterable[Any],
    replies: Iterable[Any],
    options: Iterable[dict[str, Any]],
    callbacks: flow.Callbacks,
    encoder: Encoder,
) -> Iterator[Any]:
    """What ``finish`` makes of each reply to what was ``asked``; the server's errors stand among
    the results.
    """
    for each, reply, option in zip(asked, replies, options, strict=True):
        try:
            outcome = finish(each, reply, option, callbacks, encoder)
        except ResponseError as error:
            outcome = error
        yield outcome


class Transaction:
    """The commands of one MULTI ... EXEC: what is sent of them, and what comes back."""

    def __init__(self, commands: Sequence[Any], encoder: Encoder, scripts: Scripts) -> None:
        self._commands = commands
        # redis-py gives a command that has its answer already an EMPTY_RESPONSE, and sends it not
        self._sent = [args for args, options in commands if EMPTY_RESPONSE not in options]
        self.plans = planned(self._sent, encoder, scripts)
        self.natives = natives_of(self.plans)
        self.lane = lane_of(self.plans)

    def responses(self, replies: list[Any] | None) -> list[Any]:
        """One response for each command, errors redis-py's and in their place.

        Errors: WatchError, for no replies at all.
        """
        if replies is None:
            raise WatchError("Watched variable changed.")
        responses = [
            errors.under_its_name(errors.server_error(reply), plan.words)
            if isinstance(reply, GlideError)
            else reply
            for plan, reply in zip(self.plans, replies)
        ]
        if responses and isinstance(responses[0], ConnectionError):
            # LOADING and its like: redis-py's parser raises them out of EXEC's reply
            raise responses[0]
        for index, (_, options) in enumerate(self._commands):
            if EMPTY_RESPONSE in options:
                responses.insert(index, options[EMPTY_RESPONSE])
        return responses

    def results(self, responses: list[Any], finish: Finish) -> Iterator[Any]:
        """Each response through its command's callback; errors, and what was not sent, stay."""
        plans = iter(self.plans)
        for response, (_, options) in zip(responses, self._commands, strict=True):
            if EMPTY_RESPONSE in options:
                yield response
                continue
            plan = next(plans)
            if isinstance(response, Exception):
                yield response
                continue
            # redis-py reads all of EXEC's reply at once: there, nothing is spared from decoding
            yield finish(plan, response, {k: v for k, v in options.items() if k != NEVER_DECODE})

    def refusal(
        self, error: GlideError
    ) -> Generator[list[Native], Any, tuple[RedisError, int, Sequence[Any]]]:
        """Why it was not executed, and which command is at fault: ``(error, number, its words)``.

        The number is 0 if none is, or if it cannot be told any more.  Yields what to ``culprit``
        are its probes.
        """
        refused = errors.translate(error)
        if not self.natives or not refused_in_queue(refused):
            return refused, 0, ()
        if any(kind in _ENDINGS for kind, _ in self.natives):
            # what stood behind it was run, and must not be again; EXEC came too late
            return ResponseError("EXEC without MULTI"), 0, ()
        index = yield from culprit(self.natives)
        if index >= 0:
            refused = errors.under_its_name(refused, self.plans[index].words)
        return refused, index + 1, self._sent[index]


def culprit(natives: Sequence[Native]) -> Probes:
    """Finds which command a server refused to queue; returns the index of the first one, or -1:
    none is refused when it is tried again, or MULTI itself is.

    GLIDE tells the refusal and not whose it was.  Yields transactions that can never be executed
    (they end in an unknown command), and is thrown their errors.
    """
    low, high = 0, len(natives)
    while low < high:
        middle = (low + high) // 2
        if (yield from _refused(natives[: middle + 1])):
            high = middle
        else:
            low = middle + 1
    if low == len(natives) or (low == 0 and (yield from _refused([]))):
        return -1
    return low


def _refused(natives: Sequence[Native]) -> Generator[list[Native], Any, bool]:
    """Whether the server refuses to queue one of these."""
    try:
        yield [*natives, POISON]
    except GlideError as error:
        return refused_earlier(error)
    return False


def refused_earlier(error: BaseException) -> bool:
    """Of a probe's error: whether a command before the poison was refused."""
    return POISON_NAME not in str(error)


def refused_in_queue(error: BaseException) -> bool:
    """Whether a transaction failed because a command could not be queued, rather than for the
    connection's sake.
    """
    if isinstance(error, ExecAbortError) or not isinstance(error, ResponseError):
        return False
    # without the right to MULTI nothing was queued: what followed was run, and must not be again
    return not any(said in str(error) for said in ("EXEC without MULTI", "run the 'multi' command"))


def lost(error: Exception) -> WatchError:
    """What the caller is told when the connection that watched his keys is gone."""
    return WatchError(f"A {type(error).__name__} occurred while watching one or more keys")
