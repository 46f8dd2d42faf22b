"""Undoes GLIDE's reply conversion: its answer -> what redis-py's RESP3 parser would have given.

GLIDE's core picks a conversion by the command's words and turns pairs into dicts, integers into
bools, arrays into sets.  redis-py's own response callbacks want the wire's shapes back; one
function per shape, each ``(words, reply) -> raw``.  Where the core leaves a reply as the wire had
it, a RESP2 connection (the plain lane) shows the RESP2 shape: the functions here take both.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from adapter.translate import errors
from adapter.translate.plan import Words


def plain(words: Words, reply: Any) -> Any:
    """Numbers, bulk strings and arrays of them stay; the status ``'OK'`` becomes ``b'OK'``.

    GLIDE has every status reply as bytes but OK, which it gives as str.
    """
    return reply.encode() if type(reply) is str else reply


def deep(words: Words, reply: Any) -> Any:
    """``'OK'`` -> ``b'OK'``, ``{a, b}`` -> ``[a, b]``, errors redis-py's, at any depth."""
    kind = type(reply)
    if kind is str:
        return reply.encode()
    if kind is list:
        return [deep(words, item) for item in reply]
    if kind is set:
        return [deep(words, item) for item in reply]
    if kind is dict:
        return {deep(words, key): deep(words, item) for key, item in reply.items()}
    return errors.server_error(reply) if isinstance(reply, Exception) else reply


def flag(words: Words, reply: Any) -> Any:
    """``True`` -> ``1``: what the wire said before GLIDE made a bool of it."""
    return int(reply) if type(reply) is bool else reply


def flags(words: Words, reply: Any) -> Any:
    """``[True, False]`` -> ``[1, 0]``."""
    return [int(item) for item in reply]


def members(words: Words, reply: Any) -> Any:
    """``{a, b}`` -> ``[a, b]``; the order is lost in GLIDE."""
    return list(reply) if type(reply) is set else plain(words, reply)


def number_text(words: Words, reply: Any) -> Any:
    """``1.5`` -> ``b'1.5'``: INCRBYFLOAT answers with text, without exponent."""
    return decimal_text(reply) if type(reply) is float else plain(words, reply)


def distance_text(words: Words, reply: Any) -> Any:
    """``55806.9583`` -> ``b'55806.9583'``: distances have four digits on the wire."""
    return b"%.4f" % reply if type(reply) is float else plain(words, reply)


def added(words: Words, reply: Any) -> Any:
    """ZADD's count of members, which GLIDE makes a float if any member is called ``incr``."""
    if type(reply) is float and not _is_zadd_incr(words):
        return int(reply)
    return plain(words, reply)


def scored(words: Words, reply: Any) -> Any:
    """``{member: score}`` -> ``[[member, score], ...]``, in the server's order.

    RESP2 has a flat ``[member, text, ...]`` where GLIDE does not convert (ZREVRANGE,
    ZRANGEBYSCORE).
    """
    if type(reply) is dict:
        return [[member, score] for member, score in reply.items()]
    if reply and type(reply[0]) is bytes and _says(words[4:], b"WITHSCORES"):
        pairs = iter(reply)
        return [[member, float(score)] for member, score in zip(pairs, pairs, strict=True)]
    return reply


def combined(words: Words, reply: Any) -> Any:
    """ZUNION, ZINTER, ZDIFF: as ``scored``, but always converted, so a list has no scores."""
    return [[member, score] for member, score in reply.items()] if type(reply) is dict else reply


def popped(words: Words, reply: Any) -> Any:
    """``{member: score}`` -> ``[member, score]``; with a count ``[[member, score], ...]``."""
    if type(reply) is not dict:
        return reply
    if len(words) > 2:
        return [[member, score] for member, score in reply.items()]
    return [part for pair in reply.items() for part in pair]


def popped_from_one(words: Words, reply: Any) -> Any:
    """ZMPOP: ``[key, {member: score}]`` -> ``[key, [[member, score], ...]]``."""
    if not reply or type(reply[1]) is not dict:
        return reply
    return [reply[0], [[member, score] for member, score in reply[1].items()]]


def elements_of_one(words: Words, reply: Any) -> Any:
    """LMPOP: ``{key: [element, ...]}`` -> ``[key, [element, ...]]``."""
    if type(reply) is not dict:
        return reply
    key, elements = next(iter(reply.items()))
    return [key, elements]


def entries(words: Words, reply: Any) -> Any:
    """``{id: [[field, value], ...]}`` -> ``[[id, [field, value, ...]], ...]``.

    A deleted entry keeps its ``None``.  What GLIDE left alone (XCLAIM ... JUSTID) stays.
    """
    if type(reply) is not dict:
        return reply
    return [
        [entry, None if pairs is None else [part for pair in pairs for part in pair]]
        for entry, pairs in reply.items()
    ]


def autoclaimed(words: Words, reply: Any) -> Any:
    """``[cursor, {id: pairs}, deleted]`` -> ``[cursor, [[id, fields], ...], deleted]``."""
    return [reply[0], entries(words, reply[1]), *reply[2:]]


def streams(words: Words, reply: Any) -> Any:
    """``{stream: {id: pairs}}`` -> ``{stream: [[id, fields], ...]}``; ``None`` stays."""
    if type(reply) is not dict:
        return reply
    return {stream: entries(words, found) for stream, found in reply.items()}


def places(words: Words, reply: Any) -> Any:
    """``[name, [distance, hash, place]]`` -> ``[name, b'distance', hash, place]``.

    Only distances are floats at that depth: the hash is an integer, coordinates are a pair.
    """
    if not reply or type(reply[0]) is not list:
        return reply
    return [
        [name, *(b"%.4f" % fact if type(fact) is float else fact for fact in facts)]
        for name, facts in reply
    ]


def coordinates(words: Words, reply: Any) -> Any:
    """GEORADIUS: untouched by GLIDE; over RESP2 the coordinates are text."""
    if not reply or type(reply) is not list:
        return plain(words, reply)
    return [
        [[float(axis) for axis in fact] if type(fact) is list else fact for fact in place]
        if type(place) is list
        else place
        for place in reply
    ]


def subscribers(words: Words, reply: Any) -> Any:
    """``{channel: n}`` -> ``[channel, n, ...]``, as often as each channel was asked for."""
    if type(reply) is not dict:
        return reply
    return [part for channel in words[2:] for part in (channel, reply[channel])]


SELDOM = frozenset(
    (plain, flag, members, number_text, distance_text, added, elements_of_one, entries, deep)
)
"""Those that leave bytes, integers and None as they are: nearly all replies to most commands."""
BY_WORDS = frozenset((added,))
"""Those of them that look at the words."""


def facts(words: Words, reply: Any) -> Any:
    """A map: over RESP2 a flat ``[name, value, ...]`` -> ``{name: value}``."""
    return deep(words, mapped(reply) if type(reply) is list else reply)


def list_of_facts(words: Words, reply: Any) -> Any:
    """An array of maps (ACL LOG, MODULE LIST): over RESP2 each is flat."""
    if type(reply) is not list:
        return plain(words, reply)
    return [facts(words, item) for item in reply]


def mapped(flat: Iterable[Any]) -> dict[Any, Any]:
    """``[name, value, name, value]`` -> ``{name: value}``: how RESP2 writes a map."""
    parts = iter(flat)
    return dict(zip(parts, parts, strict=True))


def decimal_text(number: float) -> bytes:
    """The shortest text that reads back as ``number``, without exponent and without ``.0``."""
    text = repr(number)
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0").encode()


def _says(words: Words, option: bytes) -> bool:
    return any(word.upper() == option for word in words)


def _is_zadd_incr(words: Words) -> bool:
    """Whether ``INCR`` stands among ZADD's options, which all come before the first score."""
    for word in words[2:]:
        option = word.upper()
        if option == b"INCR":
            return True
        if option not in (b"NX", b"XX", b"GT", b"LT", b"CH"):
            return False
    return False
