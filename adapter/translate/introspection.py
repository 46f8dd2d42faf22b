"""Raw replies that describe commands, users and functions: deep maps, sets with an order.

Most of these travel on the plain lane: over RESP3 GLIDE cannot carry sets of maps (COMMAND INFO),
and its Python sets lose the order that redis-py's lists show (ACL GETUSER).  RESP2 writes every
map flat; here the maps come back.  Like ``raw.py``, each function takes either shape.
"""

from __future__ import annotations

from typing import Any

from adapter.translate import raw
from adapter.translate.plan import Words

_FUNCTION_FLAGS = (
    b"no-writes",
    b"allow-oom",
    b"allow-stale",
    b"no-cluster",
    b"allow-cross-slot-keys",
)
"""In the server's order (script.c, scripts_flags_def), which is the order of its replies."""


def command_info(words: Words, reply: Any) -> Any:
    """COMMAND INFO: key specifications are maps again; an unknown command stays ``None``."""
    return [None if entry is None else _command(entry) for entry in reply]


def _command(entry: list[Any]) -> list[Any]:
    *head, specifications, subcommands = entry
    if len(entry) < 10:  # before Redis 7.0
        return entry
    return [
        *head,
        [_key_spec(spec) for spec in specifications],
        [_command(sub) for sub in subcommands],
    ]


def _key_spec(spec: Any) -> dict[bytes, Any]:
    found = raw.mapped(spec) if type(spec) is list else spec
    return {
        name: _search(value) if name in (b"begin_search", b"find_keys") else raw.deep((), value)
        for name, value in found.items()
    }


def _search(search: Any) -> dict[bytes, Any]:
    found = raw.mapped(search) if type(search) is list else dict(search)
    if type(found.get(b"spec")) is list:
        found[b"spec"] = raw.mapped(found[b"spec"])
    return found


def command_docs(words: Words, reply: Any) -> Any:
    """COMMAND DOCS: ``{name: {fact: value}}``, arguments and subcommands included."""
    found = raw.mapped(reply) if type(reply) is list else reply
    return {name: _docs(docs) for name, docs in found.items()}


def _docs(docs: Any) -> dict[bytes, Any]:
    found = raw.mapped(docs) if type(docs) is list else dict(docs)
    for name, value in found.items():
        if name == b"arguments":
            found[name] = [_docs(argument) for argument in value]
        elif name == b"subcommands":
            found[name] = command_docs((), value)
        else:
            found[name] = raw.deep((), value)
    return found


def user(words: Words, reply: Any) -> Any:
    """ACL GETUSER: a map, its selectors maps too; ``None`` if there is no such user."""
    if reply is None:
        return None
    found = raw.facts(words, reply)
    if b"selectors" in found:
        found[b"selectors"] = [
            raw.mapped(selector) if type(selector) is list else selector
            for selector in found[b"selectors"]
        ]
    return found


def libraries(words: Words, reply: Any) -> Any:
    """FUNCTION LIST: the functions' flags become lists in the server's order."""
    return [
        {
            fact: [_function(function) for function in value] if fact == b"functions" else value
            for fact, value in library.items()
        }
        for library in reply
    ]


def _function(function: dict[bytes, Any]) -> dict[bytes, Any]:
    return {
        fact: sorted(value, key=_flag_order) if type(value) is set else value
        for fact, value in function.items()
    }


def _flag_order(flag: bytes) -> tuple[int, bytes]:
    known = _FUNCTION_FLAGS.index(flag) if flag in _FUNCTION_FLAGS else len(_FUNCTION_FLAGS)
    return known, flag


def function_stats(words: Words, reply: Any) -> Any:
    """FUNCTION STATS; sent singly, GLIDE answers ``{address: stats}``, for every node it knows."""
    if type(reply) is dict and reply and all(b":" in address for address in reply):
        return next(iter(reply.values()))
    return reply


def tracking(words: Words, reply: Any) -> Any:
    """CLIENT TRACKINGINFO: the flags become a list, with ``on`` or ``off`` first."""
    found = raw.facts(words, reply)
    if b"flags" in found:
        found[b"flags"] = sorted(
            found[b"flags"], key=lambda flag: (flag not in (b"on", b"off"), flag)
        )
    return found


def histograms(words: Words, reply: Any) -> Any:
    """LATENCY HISTOGRAM: ``{command: {calls, histogram_usec: {bucket: n}}}``."""
    found = raw.mapped(reply) if type(reply) is list else reply
    return {command: _histogram(histogram) for command, histogram in found.items()}


def _histogram(histogram: Any) -> dict[bytes, Any]:
    found = raw.mapped(histogram) if type(histogram) is list else dict(histogram)
    if type(found.get(b"histogram_usec")) is list:
        found[b"histogram_usec"] = raw.mapped(found[b"histogram_usec"])
    return found


def shards(words: Words, reply: Any) -> Any:
    """CLUSTER SHARDS: an array of maps whose nodes are maps."""
    found = raw.list_of_facts(words, reply)
    for shard in found:
        if b"nodes" in shard:
            shard[b"nodes"] = [raw.facts(words, node) for node in shard[b"nodes"]]
    return found
