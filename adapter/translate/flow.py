"""The life of one command: encode and route (``plan_of``), be sent a reply, undo, decode, call
back (``finish``); ``request_of`` and ``result_of`` are the short way for the commonest.

What takes several turns with the server (scripts, refused transactions) is a generator of steps,
which ``drive`` and ``adrive`` run on a client.  Nothing here sends anything.

A shell's ``send`` is given a step and answers GLIDE's reply to it: what ``client.exec(batch,
raise_on_error=False)`` has at that place, error elements included, or whatever GLIDE raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType
from redis.client import EMPTY_RESPONSE, NEVER_DECODE, CaseInsensitiveDict
from redis.exceptions import RedisError, ResponseError

from adapter.translate import errors, raw, resp2, routes
from adapter.translate.encoding import Encoder
from adapter.translate.plan import Native, Plan, Raw, Words

Callbacks = Mapping[Any, Callable[..., Any]]

Step = TypeVar("Step")
Result = TypeVar("Result")


def plan_of(args: Sequence[Any], encoder: Encoder) -> Plan:
    """The plan of a command as redis-py's methods make it: a name (of many words) and values.

    Errors: ``DataError`` for a value that redis-py refuses; ``RedisError`` for what no shared
    client can run.
    """
    name = args[0]
    known = _resolved(name) if type(name) is str else None
    head, router = known or routes.resolve(name)
    return router(encoder.words(args[1:], head), name)


_resolved = routes.RESOLVED.get
_regular = routes.REGULAR.get
_undone = routes.UNDONE.get


def request_of(args: Sequence[Any], encoder: Encoder) -> Native | None:
    """What is sent of a command for which no plan has to be made, as of most; ``result_of`` knows
    what its reply means.  None: it has to.

    Errors: ``DataError`` for a value that redis-py refuses.
    """
    name = args[0]
    request_type = _regular(name) if type(name) is str else None
    return None if request_type is None else (request_type, encoder.words(args[1:]))


def plan_for_resp2(args: Sequence[Any], encoder: Encoder) -> Plan:
    """As ``plan_of``, for a connection that must stay with RESP2, since its holder may run any
    script on it.

    Errors: ``RedisError`` for a HELLO that would change it.
    """
    plan = plan_of(args, encoder)
    request_type, words = plan.native
    if request_type == RequestType.Hello and words:
        raise RedisError(
            "HELLO with options would change the protocol here; use auth() or client_setname()"
        )
    return plan


def finish(
    plan: Plan, reply: Any, options: dict[str, Any], callbacks: Callbacks, encoder: Encoder
) -> Any:
    """redis-py's result for GLIDE's ``reply``; an error, raised or an element, is raised."""
    words, _, undo, _, name = plan
    if type(reply) in AS_IT_IS and (undo is _plain or undo is _deep):
        result = reply
    elif isinstance(reply, Exception):
        return _refused(words, reply, options)
    else:
        result = undo(words, reply)
    if encoder.wire == 2:
        result = resp2.downgrade(words, result)
    return _called_back(name, result, options, callbacks, encoder)


def result_of(
    args: Sequence[Any],
    reply: Any,
    options: dict[str, Any],
    callbacks: Callbacks,
    encoder: Encoder,
    undo: Raw | None = None,
) -> Any:
    """As ``finish``, for the reply to what ``request_of`` has made; ``undo``: how, if that is no
    command of ``routes.REGULAR``, whatever its words were.
    """
    kind = type(reply)
    if kind not in AS_IT_IS:
        undo = undo or _undone(args[0])
        if kind is str and (undo is None or undo is _deep):
            reply = reply.encode()
        elif encoder.wire == 2 or isinstance(reply, Exception):
            return finish(plan_of(args, encoder), reply, options, callbacks, encoder)
        elif undo is not None:
            words = encoder.words(args[1:], (args[0].encode(),)) if undo in raw.BY_WORDS else ()
            reply = undo(words, reply)
    if encoder.decode_responses and not (options and NEVER_DECODE in options):
        reply = encoder.text(reply)
    # such commands are written in capitals, as callbacks are kept
    if type(callbacks) is CaseInsensitiveDict:
        callback = _get(callbacks, args[0])
    else:
        callback = callbacks.get(args[0])
    return reply if callback is None else called(callback, reply, options)


def _called_back(
    name: Any, result: Any, options: dict[str, Any], callbacks: Callbacks, encoder: Encoder
) -> Any:
    """What redis-py makes of a raw reply, decoded if that is wanted."""
    if encoder.decode_responses and not (options and NEVER_DECODE in options):
        result = encoder.text(result)
    callback: Callable[..., Any] | None
    if type(callbacks) is CaseInsensitiveDict:
        # past its own ``get``, which is written in Python
        callback = _get(callbacks, name.upper())
    else:
        callback = callbacks.get(name)
    return result if callback is None else called(callback, result, options)


def called(callback: Callable[..., Any], result: Any, options: dict[str, Any]) -> Any:
    """A response callback's result; it is not told of options that are for others."""
    if options:
        options = {key: options[key] for key in options if key not in _NOT_FOR_CALLBACKS}
        return callback(result, **options)
    return callback(result)


def _refused(words: Words, reply: Exception, options: dict[str, Any]) -> Any:
    """What the caller gets for an error, if he does not get that."""
    if not isinstance(reply, (GlideError, RedisError)):
        raise reply
    error = errors.translate(reply)
    if isinstance(reply, GlideError):
        # else it was said to our greeting, or by us, and is about no command
        error = errors.under_its_name(error, words)
    if isinstance(error, ResponseError) and EMPTY_RESPONSE in options:
        return options[EMPTY_RESPONSE]
    raise error


_get = dict.get
_plain, _deep = raw.plain, raw.deep
AS_IT_IS = frozenset((bytes, int, type(None)))
"""What the commonest ways of undoing GLIDE's conversion leave alone."""
_NOT_FOR_CALLBACKS = frozenset((NEVER_DECODE, EMPTY_RESPONSE, "keys"))
"""``keys`` are for redis-py's client-side caching."""

NOT_AWAITABLE = frozenset((bytes, str, int, float, bool, type(None), list, dict, set, tuple))
"""What a result is nearly always; a response callback of the caller's may return a coroutine."""


def again(error: Exception, perform: Callable[[], Result]) -> Callable[[], Result]:
    """What redis-py's Retry is given to call after a first attempt has failed: Retry means to make
    that attempt itself, so the first call raises its ``error``.
    """
    failed = [error]

    def attempt() -> Result:
        if failed:
            raise failed.pop()
        return perform()

    return attempt


def drive(flow: Generator[Step, Any, Result], send: Callable[[Step], Any]) -> Result:
    """Runs ``flow`` to its end; ``send`` performs one step (a plan) and returns GLIDE's reply."""
    try:
        step = next(flow)
        while True:
            try:
                reply = send(step)
            except GlideError as error:
                step = flow.throw(error)
            else:
                step = flow.send(reply)
    except StopIteration as finished:
        result: Result = finished.value
        return result


async def adrive(
    flow: Generator[Step, Any, Result], send: Callable[[Step], Awaitable[Any]]
) -> Result:
    """As ``drive``; ``send`` answers GLIDE's reply when it is there."""
    try:
        step = next(flow)
        while True:
            try:
                reply = await send(step)
            except GlideError as error:
                step = flow.throw(error)
            else:
                step = flow.send(reply)
    except StopIteration as finished:
        result: Result = finished.value
        return result
