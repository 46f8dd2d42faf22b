"""Whether a Lua script can answer with what GLIDE cannot carry over RESP3, told by its source.

A big number ends the process, a set of tables is a ``SystemError``.  A script makes one by
answering with a table that has a field of that name, whatever the reply protocol it has chosen;
over RESP2 the server cannot write it.  So only a script that is *proven* harmless may answer over
RESP3; who is in doubt travels on the plain lane, and nothing is lost but the shapes of RESP3.

The proof: fields with a name come from a constructor or an assignment that says the name
(``{map = t}``, ``t.map = v``), which can be read.  Whatever could make a field of any other name
is not allowed: keys that are computed (``t[k] = v``; only arithmetic may stand there), tables that
come from data (cjson, cmsgpack, maps that RESP3 brought into the script), code that is made at run
time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapter.translate.plan import Lane

_TOKEN = re.compile(
    r"""(?P<space>\s+|--\[(?P<c>=*)\[.*?\](?P=c)\]|--[^\n]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\[(?P<s>=*)\[.*?\](?P=s)\])
      | (?P<mark>\.\.\.|\.\.|==|~=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_UNSPOKEN = ("big_number", "attribute")
_FORBIDDEN = frozenset(
    "debug dofile getfenv getmetatable load loadfile loadstring module newproxy rawset require "
    "setfenv setmetatable _G".split()
)
"""What makes code out of text, or fields without saying so."""
_ONLY_AS = {
    "cjson": frozenset(("encode",)),
    "cmsgpack": frozenset(("pack",)),
    "redis": frozenset("call pcall error_reply status_reply sha1hex log setresp".split()),
    "server": frozenset("call pcall error_reply status_reply sha1hex log setresp".split()),
}
"""Of these libraries nothing else may be touched: whoever holds one whole could find the rest."""
_SHAPES = frozenset("double map set setresp verbatim_string".split())
"""What a harmless script has to say to be answered in shapes that RESP2 does not have."""
_TAKES_APART = frozenset("foreach map next pairs set".split())
"""After setresp(3) a hash is ``{map = fields}``; whoever takes the fields out has made a table with
names that are data.
"""
_READ_IN_RESP3 = frozenset(
    "GET MGET SET HGET HMGET HGETALL HRANDFIELD SMEMBERS SINTER SUNION SDIFF SISMEMBER ZADD "
    "ZINCRBY ZSCORE ZMSCORE ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZPOPMIN ZPOPMAX "
    "ZRANDMEMBER ZUNION ZINTER ZDIFF ZRANK ZREVRANK XRANGE XREVRANGE XREAD GEODIST GEOPOS LRANGE "
    "TYPE".split()
)
"""Whose replies a script may pass on after setresp(3)."""
_NO_VALUE = frozenset(
    "and do else elseif end for function if in local not or repeat return then until while".split()
)
_ARITHMETIC = frozenset("+-*/%^")
_OTHERWISE = frozenset(
    ("..", "and", "or", "not", "==", "~=", "<", ">", "<=", ">=", "{", "function")
)


def lane_of(source: bytes) -> Lane:
    """Where a script may travel: PLAIN, if it is in doubt; HOME, if it has shapes that only RESP3
    has; else SHARED, which is to say on either connection.
    """
    if not harmless(source):
        return Lane.PLAIN
    return Lane.SHARED if _SHAPES.isdisjoint(_tokens(source.decode("latin-1"))) else Lane.HOME


def harmless(source: bytes) -> bool:
    """Whether every reply of this script can be carried over RESP3; False if that is not certain.

    Errors: none; a source that is no Lua is harmless or not, the server will refuse it.
    """
    text = source.decode("latin-1")
    if any(name in text for name in _UNSPOKEN):
        return False
    if text.startswith("#!"):  # flags for the server; no part of the program
        text = text.partition("\n")[2]
    tokens = _tokens(text)
    if not _FORBIDDEN.isdisjoint(tokens) or not _only_as_allowed(tokens):
        return False
    if "setresp" in tokens and not _passes_on(tokens):
        return False
    counters = _counters(tokens)
    return not any(
        _written(tokens, closing) and not _is_number(tokens[opening + 1 : closing], counters)
        for opening, closing in _brackets(tokens)
    )


def _tokens(text: str) -> list[str]:
    """Names, marks and strings as they are, every number as ``0``."""
    found = []
    for match in _TOKEN.finditer(text):
        match match.lastgroup:
            case "number":
                found.append("0")
            case "name" | "mark" | "string":
                found.append(match.group())
    return found


def _only_as_allowed(tokens: Sequence[str]) -> bool:
    """Whether the libraries are only ever seen as ``redis.call`` and its like."""
    return all(
        tokens[place + 1 : place + 2] == ["."] and tokens[place + 2] in _ONLY_AS[token]
        for place, token in enumerate(tokens[:-2])
        if token in _ONLY_AS
    ) and _ONLY_AS.keys().isdisjoint(tokens[-2:])


def _passes_on(tokens: Sequence[str]) -> bool:
    """Whether a script that has asked for RESP3 only ever passes whole replies on."""
    return (
        _TAKES_APART.isdisjoint(tokens)
        and all(
            _is_number(tokens[opening + 1 : closing], frozenset())
            for opening, closing in _brackets(tokens)
        )
        and all(
            len(tokens) > place + 3
            and tokens[place + 1] == "("
            and tokens[place + 2][1:-1].upper() in _READ_IN_RESP3
            and tokens[place + 3] in (",", ")")
            for place, token in enumerate(tokens)
            if token in ("call", "pcall")
        )
    )


def _counters(tokens: Sequence[str]) -> frozenset[str]:
    """The names that are bound by ``for i = ...`` and never otherwise: always numbers."""
    if "function" in tokens:
        return frozenset()
    found = {
        name
        for word, name, mark in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if word == "for" and mark == "="
    }
    for word, name, mark in zip(["", *tokens[:-1]], tokens, [*tokens[1:], ""], strict=True):
        if (word != "for" and mark == "=") or word == "local" or mark in (",", "in"):
            found.discard(name)
    return frozenset(found)


def _brackets(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """The places of every ``[`` and of the ``]`` that ends it; of an open one, the end."""
    pairs, waiting = [], []
    for place, token in enumerate(tokens):
        if token == "[":
            waiting.append(place)
        elif token == "]" and waiting:
            pairs.append((waiting.pop(), place))
    return pairs


def _written(tokens: Sequence[str], closing: int) -> bool:
    """Whether ``...]`` is assigned to: ``t[k] = v``, ``t[k], u = v, w`` and ``{[k] = v}``."""
    place = closing + 1
    while place < len(tokens):
        token = tokens[place]
        if token == "=":
            return True
        if token != ",":
            return False
        # over one more variable of a list; a call or an operator in it would end any such list
        place = _after_variable(tokens, place + 1)
    return False


def _after_variable(tokens: Sequence[str], place: int) -> int:
    """The place behind ``name``, ``name.name``, ``name[...]`` and whatever follows of that sort."""
    depth = 0
    while place < len(tokens):
        token = tokens[place]
        if token in ("[", "(", "{"):
            depth += 1
        elif token in ("]", ")", "}"):
            if depth == 0:
                return len(tokens)
            depth -= 1
        elif depth == 0 and token in (",", "="):
            return place
        elif depth == 0 and token in _NO_VALUE:
            return len(tokens)
        place += 1
    return place


def _is_number(key: Sequence[str], counters: frozenset[str]) -> bool:
    """Whether a key can be nothing but a number: arithmetic, a length, a counter, a number."""
    if len(key) == 1 and (key[0] == "0" or key[0] in counters):
        return True
    if len(key) == 2 and key[0] == "#":
        return True
    depth, arithmetic = 0, False
    for token in key:
        if token in ("(", "["):
            depth += 1
        elif token in (")", "]"):
            depth -= 1
        elif depth == 0 and token in _OTHERWISE:
            return False
        elif depth == 0 and token in _ARITHMETIC:
            arithmetic = True
    return arithmetic
