"""Routes of the string commands.

The old spellings of SET have request types whose use aborts the process; where today's spelling
says exactly the same, it is sent instead.
"""

from glide_shared.request_type import RequestType

from adapter.translate import hazards, raw
from adapter.translate.plan import Plan, Words
from adapter.translate.table import Table, custom

strings = Table()

strings.row("APPEND", RequestType.Append)
strings.row("DECR", RequestType.Decr)
strings.row("DECRBY", RequestType.DecrBy)
strings.row("GET", RequestType.Get)
strings.row("GETDEL", RequestType.GetDel)
strings.row("GETEX", RequestType.GetEx)
strings.row("GETRANGE", RequestType.GetRange)
strings.row("INCR", RequestType.Incr)
strings.row("INCRBY", RequestType.IncrBy)
strings.row("INCRBYFLOAT", RequestType.IncrByFloat, raw.number_text)
strings.row("LCS", RequestType.LCS, unless=hazards.misled_by(b"IDX", 3, 3))
strings.row("MGET", RequestType.MGet)
strings.row("MSET", RequestType.MSet)
strings.row("MSETNX", RequestType.MSetNX, raw.flag)
strings.row("SET", RequestType.Set)
strings.row("SETRANGE", RequestType.SetRange)
strings.row("STRLEN", RequestType.Strlen)

strings.custom("DELEX, DELIFEQ, DIGEST, INCREX, MSETEX", "newer than GLIDE's request types")
strings.custom("STRALGO", "gone since Redis 7; GLIDE never had a request type for it")

_LONGEST_EXPIRY = 15
"""Digits.  Longer ones may overflow, and the error names the command: "in 'setex' command"."""


def _expires(words: list[bytes], option: bytes) -> Plan:
    """SET with ``option``, if the server would take it; else as it is, for its error text."""
    if (
        len(words) == 4
        and words[2].isdigit()
        and len(words[2]) <= _LONGEST_EXPIRY
        and words[2][:1] != b"0"
    ):
        return Plan(words, (RequestType.Set, [words[1], words[3], option, words[2]]), raw.plain)
    return custom(words, raw.plain)


@strings.mapper("SETEX")
def setex(words: list[bytes]) -> Plan:
    """SET key value EX seconds."""
    return _expires(words, b"EX")


@strings.mapper("PSETEX")
def psetex(words: list[bytes]) -> Plan:
    """SET key value PX milliseconds."""
    return _expires(words, b"PX")


@strings.mapper("SETNX")
def setnx(words: list[bytes]) -> Plan:
    """SET key value NX, whose ``OK`` and ``nil`` were ``1`` and ``0``."""
    if len(words) != 3:
        return custom(words, raw.plain)
    return Plan(words, (RequestType.Set, [words[1], words[2], b"NX"]), _was_set)


def _was_set(words: Words, reply: object) -> object:
    """``'OK'`` -> ``1``, ``None`` -> ``0``."""
    return int(reply is not None)


@strings.mapper("GETSET")
def getset(words: list[bytes]) -> Plan:
    """SET key value GET."""
    if len(words) != 3:
        return custom(words, raw.plain)
    return Plan(words, (RequestType.Set, [words[1], words[2], b"GET"]), raw.plain)


@strings.mapper("SUBSTR")
def substr(words: list[bytes]) -> Plan:
    """GETRANGE by its first name."""
    if len(words) != 4:
        return custom(words, raw.plain)
    return Plan(words, (RequestType.GetRange, words[1:]), raw.plain)
