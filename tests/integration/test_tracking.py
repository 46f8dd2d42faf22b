"""CLIENT TRACKING in scenes, on every target: who is told of which keys, and when.

``a: GET k / PING`` is said by client ``a`` in one piece; ``a< nil PONG !k`` is all that it has
heard since, in order: ``!k,j`` is an invalidation of two keys, ``!*`` of all, ``broken`` the loss
of the redirection.  ``a<redis`` and ``a<valkey`` hold for one line only.  At the end nobody has
anything else to read.  Source: tracking.c.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

SCENES = {
    "own changes are told behind the reply to each, not behind the pipeline": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k / GET j / SET k 1 / PING / SET j 1 / PING
        a< {} OK nil nil OK !k PONG OK !j PONG
        """,
    "each key is told of by itself": """
        a: HELLO 3 / CLIENT TRACKING ON / MGET k j
        b: MSET j 1 k 1
        a< {} OK [nil,nil] !j !k
        b< OK
        """,
    "what a transaction changes is told behind all its replies": """
        a: HELLO 3 / CLIENT TRACKING ON / MULTI / GET k / SET k 1 / GET k / SET k 2 / EXEC / PING
        a< {} OK OK QUEUED QUEUED QUEUED QUEUED [nil,OK,1,OK] !k !k PONG
        """,
    "what a transaction changes is told also if it ends tracking": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k
        a: MULTI / SET k 1 / CLIENT TRACKING OFF / EXEC / PING
        a< {} OK nil OK QUEUED QUEUED [OK,OK] !k PONG
        b: SET k 2
        b< OK
        a: SET k 3 / PING
        a< OK PONG
        """,
    "what a script changes is told behind its reply": """
        b: SET k 1
        a: HELLO 3 / CLIENT TRACKING ON
        a< {} OK
        b< OK
        a: GET k / EVAL return(redis.call('DEL','k')) 0 / PING
        a< 1 1 !k PONG
        """,
    "a script's reads are those of its caller": """
        a: HELLO 3 / CLIENT TRACKING ON / EVAL return(redis.call('GET',KEYS[2])) 2 j k
        b: SET k 1 / SET j 1
        a<redis {} OK nil !k !j
        a<valkey {} OK nil !k
        b< OK OK
        """,
    "a script that reads nothing is not told of the keys it declares": """
        a: HELLO 3 / CLIENT TRACKING ON / EVAL_RO return(1) 1 k
        b: SET k 1
        a< {} OK 1
        b< OK
        """,
    "a flush of one's own is told behind its reply": """
        a: HELLO 3 / CLIENT TRACKING ON / FLUSHALL / PING / FLUSHDB / PING
        a< {} OK OK !* PONG OK !* PONG
        """,
    "swapping databases tells nobody": """
        a: HELLO 3 / CLIENT TRACKING ON / SET k 1 / GET k
        b: SWAPDB 0 1 / SWAPDB 0 1
        a< {} OK OK 1
        b< OK OK
        """,
    "databases are one to it": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k
        b: SELECT 1 / SET k 1
        a< {} OK nil !k
        b< OK OK
        """,
    "what was read is remembered beyond the end of tracking": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k / CLIENT TRACKING OFF / CLIENT TRACKING ON
        b: SET k 1
        a< {} OK nil OK OK !k
        b< OK
        a: GET k / CLIENT TRACKING OFF
        b: SET k 2
        a< 1 OK
        b< OK
        a: CLIENT TRACKING ON
        b: SET k 3
        a< OK
        b< OK
        """,
    "nor is it told once the client broadcasts": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k / CLIENT TRACKING OFF
        a: CLIENT TRACKING ON BCAST PREFIX other
        b: SET k 1
        a< {} OK nil OK OK
        b< OK
        """,
    "a group's affairs and XSETID change no key": """
        b: XADD k 1-1 f v / XGROUP CREATE k g 0
        a: HELLO 3 / CLIENT TRACKING ON / XLEN k
        b: XSETID k 9-9 / XGROUP SETID k g 0 / XGROUP CREATECONSUMER k g c
        b: XREADGROUP GROUP g c STREAMS k > / XACK k g 1-1 / XGROUP DESTROY k g
        a< {} OK 1
        b< 1-1 OK OK OK 1 [[k,[[1-1,[f,v]]]]] 1 1
        b: XDEL k 1-1
        a< !k
        b< 1
        """,
    "a broadcast gathers a turn, by prefix and in order": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST PREFIX k PREFIX j
        b: SET k2 1 / SET other 1 / SET j 1 / SET k1 1 / SET k2 2
        a< {} OK !j !k1,k2
        b< OK OK OK OK OK
        """,
    "a broadcast of one's own pipeline stands behind all of it": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST / SET k 1 / PING / SET j 1 / PING
        a< {} OK OK PONG OK PONG !j,k
        """,
    "a transaction is broadcast at once": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST
        b: MULTI / SET k 1 / DEL j / SET j 1 / EXEC
        a< {} OK !j,k
        b< OK QUEUED QUEUED QUEUED [OK,0,OK]
        """,
    "a broadcast that ends and begins again in one turn": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST / SET k 1 / CLIENT TRACKING OFF
        a: CLIENT TRACKING ON BCAST
        a: SET k 1 / CLIENT TRACKING OFF / CLIENT TRACKING ON BCAST / SET j 1 / PING
        a< {} OK OK OK OK OK OK OK OK PONG !j
        """,
    "without a prefix the empty one is added to those that are there": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST PREFIX k / CLIENT TRACKING ON BCAST
        b: SET k 1
        a< {} OK OK !k !k
        b< OK
        """,
    "who is woken in a turn is part of its broadcast": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST / BLPOP q 0 / SET after 1 / PING
        b: SET before 1 / RPUSH q x / SET then 1
        a< {} OK [q,x] OK PONG !after,before,q,then
        b< OK 1 OK
        """,
    "without a loop the last who changed a key counts": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST NOLOOP / SET k 1 / PING
        a< {} OK OK PONG
        b: SET k 2 / SET j 2
        a< !j,k
        b< OK OK
        """,
    "without a loop it is who is served that has changed a key, of old who serves": """
        a: BLPOP k 0
        b: HELLO 3 / CLIENT TRACKING ON BCAST NOLOOP / RPUSH k x
        a< [k,x]
        b<redis {} OK 1
        b<valkey {} OK 1 !k
        """,
    "without a loop a script is somebody else to a broadcast": """
        a: HELLO 3 / CLIENT TRACKING ON BCAST NOLOOP / EVAL return(redis.call('SET','k',1)) 0
        a< {} OK OK !k
        """,
    "without a loop a script is oneself by default": """
        a: HELLO 3 / CLIENT TRACKING ON NOLOOP / GET k / EVAL return(redis.call('SET','k',1)) 0
        a< {} OK nil OK
        """,
    "a call that waits has read its keys": """
        a: HELLO 3 / CLIENT TRACKING ON / XREAD BLOCK 0 STREAMS k $
        b: XADD k 1-1 f v
        a<redis {} OK !k {k:[[1-1,[f,v]]]}
        a<valkey {} OK !k {k:[[1-1,[f,v]]]}
        b< 1-1
        b: XADD k 2-1 f v
        a<redis
        a<valkey !k
        b< 2-1
        """,
    "what a call that has waited changes is told behind its reply": """
        a: HELLO 3 / CLIENT TRACKING ON / LLEN to / BLMOVE from to LEFT LEFT 0
        b: RPUSH from x
        a< {} OK 0 x !to
        b< 1
        """,
    "an exception lasts for a whole transaction": """
        a: HELLO 3 / CLIENT TRACKING ON OPTIN / CLIENT CACHING YES / MULTI / GET k / GET j / EXEC
        a: GET other
        b: SET k 1 / SET j 1 / SET other 1
        a< {} OK OK OK QUEUED QUEUED [nil,nil] nil !k !j
        b< OK OK OK
        """,
    "an exception in a transaction lasts to its end": """
        a: HELLO 3 / CLIENT TRACKING ON OPTIN / MULTI / GET k / CLIENT CACHING YES / GET j / EXEC
        a: GET other
        b: SET k 1 / SET j 1 / SET other 1
        a< {} OK OK QUEUED QUEUED QUEUED [nil,OK,nil] nil !j
        b< OK OK OK
        """,
    "a command that is refused uses the exception up": """
        a: HELLO 3 / CLIENT TRACKING ON OPTIN
        a: CLIENT CACHING YES / NOSUCH / GET k / CLIENT CACHING YES / GET / GET j
        a: CLIENT CACHING YES / CLIENT ID x / GET other
        b: SET k 1 / SET j 1 / SET other 1
        a< {} OK OK error nil OK error nil OK error nil !other
        b< OK OK OK
        """,
    "an exception is kept when tracking is asked for again": """
        a: HELLO 3 / CLIENT TRACKING ON OPTIN / CLIENT CACHING YES / CLIENT TRACKING ON OPTIN
        a: GET k / GET j
        b: SET k 1 / SET j 1
        a< {} OK OK OK nil nil !k
        b< OK OK
        """,
    "who opts out excepts the next read": """
        a: HELLO 3 / CLIENT TRACKING ON OPTOUT / CLIENT CACHING NO / GET k / GET j
        b: SET k 1 / SET j 1
        a< {} OK OK nil nil !j
        b< OK OK
        """,
    "all keys are named in the words of who tracks, not of who hears it": """
        b: HELLO 3
        a: CLIENT TRACKING ON REDIRECT b / GET k
        c: SET k 1 / FLUSHALL
        a< OK nil
        b< {} !k !*
        c< OK OK
        """,
    "a redirection to whoever changes the key": """
        b: HELLO 3
        a: CLIENT TRACKING ON REDIRECT b / GET k
        b: SET k 1 / FLUSHALL
        a< OK nil
        b<redis {} !k OK !* OK
        b<valkey {} OK !k OK !*
        """,
    "a redirection that is lost is told of behind the reply": """
        b: PING
        a: HELLO 3 / CLIENT TRACKING ON REDIRECT b / GET k
        a< {} OK nil
        b< PONG
        c: CLIENT KILL ID b
        c< 1
        a: SET k 1 / PING / CLIENT TRACKINGINFO
        a< OK broken PONG {flags:[on,broken_redirect],redirect:b,prefixes:[]}
        """,
    "a broadcast to a redirection that is lost is told of once a turn": """
        b: PING
        a: HELLO 3 / CLIENT TRACKING ON BCAST PREFIX k REDIRECT b
        a< {} OK
        b< PONG
        c: CLIENT KILL ID b / SET k1 1 / SET k2 1
        c< 1 OK OK
        a< broken
        """,
    "silence does not hold for invalidations": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k / CLIENT REPLY OFF / SET k 1 / CLIENT REPLY ON
        a< {} OK nil !k OK
        """,
    "tracking begins and ends inside a transaction": """
        a: HELLO 3 / MULTI / GET k / CLIENT TRACKING ON / GET j / CLIENT TRACKING OFF / GET i
        a: CLIENT TRACKING ON / EXEC
        b: SET k 1 / SET j 1 / SET i 1
        a< {} OK QUEUED QUEUED QUEUED QUEUED QUEUED QUEUED [nil,OK,nil,OK,nil,OK] !j
        b< OK OK OK
        """,
    "RESET ends it": """
        a: HELLO 3 / CLIENT TRACKING ON / GET k / RESET / HELLO 3
        b: SET k 1
        a< {} OK nil RESET {}
        b< OK
        """,
}


def shown(reply: Any) -> str:
    """A reply as the scenes write it."""
    match reply:
        case None:
            return "nil"
        case bytes():
            return reply.decode()
        case [b"invalidate", None]:
            return "!*"
        case [b"invalidate", keys]:
            return "!" + ",".join(key.decode() for key in keys)
        case [b"tracking-redir-broken", _]:
            return "broken"
        case list():
            return f"[{','.join(map(shown, reply))}]"
        case dict() if b"server" in reply:
            return "{}"  # HELLO
        case dict():
            return "{" + ",".join(f"{shown(k)}:{shown(v)}" for k, v in reply.items()) + "}"
        case Exception():
            return "error"
    return str(reply)


@pytest.mark.parametrize("scene", list(SCENES))
def test_a_scene(server: Server, connect: Connect, scene: str) -> None:
    wires: dict[str, Wire] = {}
    numbers: dict[str, int] = {}
    control = connect()

    def wire(name: str) -> Wire:
        if name not in wires:
            wires[name] = connect()
            numbers[name] = wires[name]("CLIENT", "ID")
        return wires[name]

    for line in SCENES[scene].split("\n"):
        if not (line := line.strip()):
            continue
        if line[1] == ":":
            calls = [
                [numbers.get(word, word) for word in call.split()] for call in line[2:].split(" / ")
            ]
            wire(line[0]).send_all(calls)
            for _ in range(2):  # a turn of the server's may begin with the later of two requests
                control("PING")
            continue
        mark, *told = line.split()
        if mark[1:] in ("<", f"<{server.line}"):
            heard = [shown(wire(mark[0]).read()) for _ in told]
            names = {str(number): name for name, number in numbers.items()}
            assert [_named(each, names) for each in heard] == told, line
    for name, each in wires.items():
        if name != "b" or "KILL" not in SCENES[scene]:
            assert each("PING") == b"PONG", f"{name} has heard more"


def _named(text: str, names: dict[str, str]) -> str:
    for number, name in names.items():
        text = text.replace(f"redirect:{number},", f"redirect:{name},")
    return text


def test_a_subscriber_hears_null_as_the_one_who_tracks_says_it(connect: Connect) -> None:
    tracker, listener, wire = connect(protocol=3), connect(), connect()
    number = listener("CLIENT", "ID")
    listener("SUBSCRIBE", "any")
    tracker("CLIENT", "TRACKING", "ON", "REDIRECT", number)
    wire("FLUSHALL")
    assert [listener.line() for _ in range(6)][-1] == b"_\r\n"  # a null of RESP3 in RESP2


def test_what_expires_is_nobodys_change(wire3: Wire) -> None:
    wire3("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire3("CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP")
    wire3("SET", "k", 1, "PX", 1)
    deadline = time.monotonic() + 10
    while wire3("GET", "k") is not None:
        assert time.monotonic() < deadline
    assert wire3.read() == [b"invalidate", [b"k"]]
    wire3("DEBUG", "SET-ACTIVE-EXPIRE", 1)


def test_prefixes_are_told_in_order(wire: Wire) -> None:
    wire("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "b", "PREFIX", "a")
    assert str(wire("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "")) == (
        "ERR Prefix '' overlaps with an existing prefix 'a'. Prefixes for a single client must not"
        " overlap."
    )
    wire("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "c")
    assert wire("CLIENT", "TRACKINGINFO")[-1] == [b"a", b"b", b"c"]


def test_info_counts_what_is_remembered(connect: Connect) -> None:
    first, second, listener, wire = connect(), connect(), connect(), connect()
    wire("FLUSHALL")

    def counted() -> list[int]:
        lines = dict(line.split(":") for line in wire("INFO").decode().split() if ":" in line)
        names = ("clients", "total_keys", "total_items", "total_prefixes")
        return [int(lines[f"tracking_{name}"]) for name in names]

    first("CLIENT", "TRACKING", "ON")
    first("MGET", "a", "b", "c")
    second("CLIENT", "TRACKING", "ON")
    second("MGET", "a", "b")
    listener("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x", "PREFIX", "y")
    assert counted() == [3, 3, 5, 2]
    first("CLIENT", "TRACKING", "OFF")
    listener("RESET")
    assert counted() == [1, 3, 5, 0]  # what was read is forgotten with the next change
    wire("SET", "a", 1)
    assert counted() == [1, 2, 3, 0]


def test_the_table_has_a_limit(connect: Connect) -> None:
    reader, wire = connect(protocol=3), connect()
    wire("CONFIG", "SET", "tracking-table-max-keys", 1)
    reader("CLIENT", "TRACKING", "ON")
    reader.send("MGET", "a", "b", "c")
    told = []
    while len(told) < 3:
        told.append(reader.read())
        wire("PING")
    assert told[0] == [None, None, None]
    assert {key for _, (key,) in told[1:]} < {b"a", b"b", b"c"}
