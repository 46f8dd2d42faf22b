"""Inputs out of a seeded generator: valid ones, valid ones with a mistake in them, and garbage."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from mock_backend.resp.requests import encoded
from mock_backend.schema.usage import Choice, Counted, Node, Optional, Repeat, Token, Usage, Word

KEYS = [b"k%d" % number for number in range(8)]
NUMBERS = [
    *(b"0", b"1", b"2", b"3", b"7", b"10", b"100", b"-1", b"-2", b"-100", b"+1", b"01", b"-0", b""),
    *(b"2147483648", b"4294967296", b"9223372036854775807", b"9223372036854775808"),
    *(b"-9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"1" * 40),
    *(b"1.5", b"-0.1", b"1e3", b"1e400", b"inf", b"-inf", b"nan", b"0x10", b" 1", b"1 ", b"1_0"),
]
TEXTS = [
    *(b"", b"a", b"b", b"x y", b"\0", b"\xff\xfe", b"a\r\nb", b"*", b"$", b"-", b"+", b"~", b"="),
    *(b"(1", b"[a", b"(a", b"1-1", b"5-*", b"0-0", b"$4", b">", b"*a*", b"[^", b"\\", b"?" * 5),
    *(
        b"v" * 70,
        b"{k1}x",
        b"u8",
        b"i64",
        b"#1",
        b"km",
        b"return 1",
        b"return KEYS",
        b"return {1,{2}}",
    ),
    *(b"error('x')", b"return redis.call('GET', KEYS[1])", b"return redis.call('SET', 'k1', 'v')"),
    *(
        b"default",
        b"on",
        b"off",
        b"yes",
        b"no",
        b"nopass",
        b"allkeys",
        b"+@all",
        b"-@write",
        b"WITHSCORES",
    ),
    *(
        b"LIMIT",
        b"COUNT",
        b"MATCH",
        b"TYPE",
        b"list",
        b"string",
        b"zset",
        b"hash",
        b"stream",
        b"NX",
        b"XX",
    ),
    *(
        b"AUTH",
        b"SETNAME",
        b"ID",
        b"BLOCK",
        b"STREAMS",
        b"GET",
        b"FREQ",
        b"STORE",
        b"BY",
        b"nosort",
        b"AND",
    ),
]
SMALL = 40
"""Words in one request, at most."""

_COUNTS = [
    *(
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
        b"-1",
        b"+1",
        b"01",
        b" 1",
        b"1 ",
        b"",
        b"x",
        b"-0",
        b"1.5",
    ),
    *(
        b"9999999999",
        b"99999999999999999999",
        b"2147483647",
        b"2147483648",
        b"536870913",
        b"123456789",
    ),
    *(b"-9223372036854775808", b"-9223372036854775809", b"1\0", b"1_0", b"-"),
]
_ENDS = [
    *[b"\r\n"] * 12,
    b"\n",
    b"\r",
    b"\r\r",
    b"\n\r",
    b"",
    b"\r\n\r\n",
    b"\0\r\n",
    b" \r\n",
    b"XX",
]
_SIGNS = b"*$:+-_#,(!=%~>|\r\n\0 '\"\\01234abc\xff"


def word(rng: Random) -> bytes:
    """A word that a request may have."""
    return rng.choice(rng.choice((KEYS, NUMBERS, TEXTS)))


def stream(rng: Random) -> bytes:
    """What a client may send: requests, mutated requests, inline commands, garbage."""
    return b"".join(_piece(rng) for _ in range(rng.randrange(1, 6)))


def pieces(rng: Random, data: bytes) -> list[bytes]:
    """The same bytes, cut anywhere."""
    if rng.random() < 0.2:
        return [data[at : at + 1] for at in range(len(data))]
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(5)))
    return [data[at:end] for at, end in zip([0, *cuts], [*cuts, len(data)]) if at < end]


def line(rng: Random) -> bytes:
    """An inline command, more or less."""
    parts = [_quoted(rng, word(rng)) for _ in range(rng.randrange(5))]
    return rng.choice((b" ", b" ", b"\t", b"\v", b"\f ", b"", b"\0")).join(parts)


def words(rng: Random, usage: Usage) -> list[bytes]:
    """A request by the usage line, mostly with a mistake or two."""
    made = [name.encode() for name in usage.name]
    for node in usage.nodes:
        _say(rng, node, made)
    for _ in range(rng.randrange(3)):
        at = rng.randrange(len(made) + 1)
        match rng.randrange(4):
            case 0:
                made.insert(at, word(rng))
            case 1 if len(usage.name) < at < len(made):
                del made[at]
            case 2 if len(usage.name) <= at < len(made):
                made[at] = word(rng)
            case 3 if len(usage.name) < at < len(made):
                made[at], made[-1] = made[-1], made[at]
    return made[:SMALL]


def _say(rng: Random, node: Node, made: list[bytes]) -> None:
    match node:
        case Token(text=text):
            made.append(rng.choice((text, text.lower())).encode())
        case Word(name=name, type=kind):
            made.append(_value(rng, name, kind))
        case Choice(alternatives=alternatives):
            for each in rng.choice(alternatives):
                _say(rng, each, made)
        case Optional(nodes=nodes):
            if rng.random() < 0.4:
                for each in nodes:
                    _say(rng, each, made)
        case Repeat(nodes=nodes, least=least):
            for _ in range(least + rng.randrange(3)):
                for each in nodes:
                    _say(rng, each, made)
        case Counted(least=least):
            count = least + rng.randrange(3)
            made.append(b"%d" % count if rng.random() < 0.8 else rng.choice(NUMBERS))
            made.extend(rng.choice(KEYS) for _ in range(count))


def _value(rng: Random, name: str, kind: str) -> bytes:
    if rng.random() < 0.05:
        return word(rng)
    if kind == "key" or name in {"key", "source", "destination"}:
        return rng.choice(KEYS)
    return rng.choice(TEXTS if kind == "bytes" and rng.random() < 0.7 else NUMBERS)


def _piece(rng: Random) -> bytes:
    said = [word(rng) for _ in range(rng.randrange(4))]
    match rng.randrange(8):
        case 0 | 1 | 2:
            return encoded(said)
        case 3:
            return line(rng) + rng.choice(_ENDS)
        case 4:
            return b"*" + rng.choice(_COUNTS) + rng.choice(_ENDS)
        case 5:
            return _loose(rng, said)
        case 6:
            return bytes(rng.choice(_SIGNS) for _ in range(rng.randrange(1, 20)))
        case _:
            return _mutated(rng, encoded([*said, b"x"]))


def _loose(rng: Random, said: Sequence[bytes]) -> bytes:
    """A request whose numbers and line ends may be wrong."""
    count = rng.choice(_COUNTS) if rng.random() < 0.3 else b"%d" % len(said)
    whole = b"*" + count + rng.choice(_ENDS)
    for each in said:
        size = rng.choice(_COUNTS) if rng.random() < 0.2 else b"%d" % len(each)
        sign = rng.choice((b"$", b"$", b"$", b"$", b":", b"+", b"*", b"\0", b"\xff", b""))
        whole += sign + size + rng.choice(_ENDS) + each + rng.choice(_ENDS)
    return whole


def _mutated(rng: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(changed))
        match rng.randrange(3):
            case 0:
                changed[at] = rng.randrange(256)
            case 1:
                changed.insert(at, rng.choice(_SIGNS))
            case 2 if len(changed) > 1:
                del changed[at]
    return bytes(changed)


def _quoted(rng: Random, text: bytes) -> bytes:
    match rng.randrange(7):
        case 0:
            return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        case 1:
            return b"'" + text + b"'"
        case 2:
            return b'"' + b"".join(b"\\x%02x" % byte for byte in text) + b'"'
        case 3:
            return text + rng.choice((b'"', b"'", b"\\", b'"z"', b"'z'", b"\\x4"))
        case 4:
            return rng.choice((b'"', b"'")) + text
        case _:
            return text
