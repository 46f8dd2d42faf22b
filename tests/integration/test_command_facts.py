"""Schema first needs a judge: what the mock says of its commands is held against a live server.

Whole entries of COMMAND under the profile that the server is of: arity, flags, categories, key
specifications, tips.  Notes of key specifications are prose, and each server's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_backend import MockServer
from tests.command_lines import lines_of
from tests.integration.wire import Wire
from tests.targets import Server


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
def test_the_mock_says_of_every_command_what_the_server_says(server: Server, wire: Wire) -> None:
    with MockServer(compat=server.compat) as mock:
        own = Wire(mock.host, mock.port)
        ours = lines_of(own("COMMAND"))
        own.close()
    theirs = lines_of(wire("COMMAND"))

    assert ours.keys() == theirs.keys()
    assert [line for name, line in ours.items() if theirs[name] != line] == []


ASKED = """
get k | get | set k v | set k v get | set k v nx get ex 5 | mset a 1 b 2 | mset a 1 b | del a b c
lmove a b left left | blmpop 0 2 a b left | blmpop 0 3 a b left | lmpop x a left | eval x 1 k a
eval x 2 k a | eval x 5 k | eval x -1 k | eval x y | evalsha_ro s 1 k | fcall f 1 k | fcall_ro f 0
zunionstore d 2 a b | zunionstore d 9 a b | zunion 2 a b withscores | zdiff 1 a | zinterstore d 0
sort k | sort k store d | sort k by x get y store d store e | sort_ro k by x | sort k limit 1
xread streams a b 0 0 | xread count 5 streams a 0 | xread block 0 streams a b c 1 2 3 | xread a b c
xreadgroup group g c streams a > | xreadgroup group g c noack streams a b > > | xinfo stream k
xgroup create k g 0 | xinfo help | memory usage k | memory doctor | object encoding k | object help
migrate h 1 k 0 5 | migrate h 1 "" 0 5 keys a b c | migrate h 1 "" 0 5 copy auth p keys a
georadius k 1 2 3 m | georadius k 1 2 3 m store d | georadius k 1 2 3 m store d storedist e
georadiusbymember k m 3 km storedist d | geosearchstore d k fromlonlat 1 2 byradius 3 m
bitfield k get u8 0 | bitfield k set u8 0 1 | bitfield k overflow sat get u8 0 | bitop not d a
bitop and d a b | bitfield_ro k get u8 0 | pfcount a b | pfmerge d a | pfadd k e | copy a b
rename a b | publish c m | spublish c m | subscribe c | ssubscribe c | ping | nosuch | config get x
config nosuch | command getkeys get k | watch a b | exists a b | blpop a b 0 | bzpopmin a b 1
lcs a b | smove a b m | sintercard 2 a b | sintercard 2 a b limit 1 | object freq k | dump k
restore k 0 x | sinterstore d a b | hset h f v | expire k 1 | getex k | xautoclaim k g c 0 0
cluster keyslot k | cluster countkeysinslot 1
"""


def requests() -> list[list[str]]:
    return [
        [word.strip('"') for word in part.split()]
        for line in ASKED.strip().splitlines()
        for part in line.split("|")
    ]


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
@pytest.mark.parametrize("subcommand", ["GETKEYS", "GETKEYSANDFLAGS"])
def test_the_mock_finds_the_keys_that_the_server_finds(
    server: Server, wire: Wire, subcommand: str
) -> None:

    def told(ask: Callable[..., object]) -> list[str]:
        return [f"{words}: {ask('COMMAND', subcommand, *words)!r}" for words in requests()]

    with MockServer(compat=server.compat) as mock:
        own = Wire(mock.host, mock.port)
        ours = told(own)
        own.close()

    assert ours == told(wire)


DOCUMENTED = ("group", "doc_flags", "deprecated_since", "replaced_by", "arguments")
"""Of COMMAND DOCS: not what is prose, and not the version (CLIENT PAUSE has had two)."""


def documents(flat: list[Any]) -> dict[str, Any]:
    """What COMMAND DOCS tells of each command and subcommand."""
    found: dict[str, Any] = {}
    for name, flat_entry in zip(flat[::2], flat[1::2], strict=True):
        told = {
            field.decode(): value
            for field, value in zip(flat_entry[::2], flat_entry[1::2], strict=True)
        }
        found[name.decode()] = {field: told.get(field) for field in DOCUMENTED}
        found.update(documents(told.get("subcommands", [])))
    return found


@pytest.mark.targets("redis", "valkey")  # each is asked what the mock that is like it says
def test_the_mock_documents_the_arguments_that_the_server_documents(
    server: Server, wire: Wire
) -> None:
    with MockServer(compat=server.compat) as mock:
        own = Wire(mock.host, mock.port)
        ours = documents(own("COMMAND", "DOCS"))
        own.close()
    theirs = documents(wire("COMMAND", "DOCS"))

    wrong = {name: (told, theirs[name]) for name, told in ours.items() if told != theirs[name]}
    assert wrong == {}
