"""A server outside a cluster: CLUSTER is known and disabled, MODULE has nothing to show."""

from __future__ import annotations

from typing import Final

import pytest

from mock_backend import MockServer
from tests.integration.steps import Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

DISABLED: Final = "ERR This instance has cluster support disabled"
NOT_ALLOWED: Final = (
    'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you'
    " can run it from a local connection, otherwise you need to set this option in the"
    " configuration file, and then restart the server."
)

SUBCOMMANDS: Final = """
    ADDSLOTS 1 2 | ADDSLOTSRANGE 1 2 | BUMPEPOCH | COUNT-FAILURE-REPORTS n | COUNTKEYSINSLOT 0
    DELSLOTS x | DELSLOTSRANGE 1 2 | FAILOVER | FLUSHSLOTS | FORGET n | GETKEYSINSLOT 0 1 | HELP
    INFO | KEYSLOT k | LINKS | MEET h 1 | MYID | NODES | REPLICAS n | REPLICATE n | RESET
    SAVECONFIG | SET-CONFIG-EPOCH 1 | SETSLOT 1 STABLE | SHARDS | SLAVES n | SLOTS
"""


@cases(
    [
        (
            "every subcommand says that there is no cluster",
            [
                (f"CLUSTER {words.strip()}", DISABLED)
                for line in SUBCOMMANDS.strip().splitlines()
                for words in line.split("|")
            ],
        ),
        (
            "words are counted first",
            [
                ("CLUSTER", "ERR wrong number of arguments for 'cluster' command"),
                ("CLUSTER KEYSLOT", "ERR wrong number of arguments for 'cluster|keyslot' command"),
                (
                    "CLUSTER ADDSLOTSRANGE 1",
                    "ERR wrong number of arguments for 'cluster|addslotsrange' command",
                ),
                ("CLUSTER NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try CLUSTER HELP."),
                ("ASKING", DISABLED),
            ],
        ),
        (
            "modules are neither there nor loaded",
            [
                ("MODULE", "ERR wrong number of arguments for 'module' command"),
                ("MODULE LIST", []),
                ("MODULE LOAD /nowhere.so", NOT_ALLOWED),
                ("MODULE LOADEX /nowhere.so CONFIG a b ARGS c", NOT_ALLOWED),
                ("MODULE UNLOAD nothing", NOT_ALLOWED),
                ("MULTI", b"OK"),
                ("MODULE UNLOAD nothing", NOT_ALLOWED),
                ("EXEC", "EXECABORT Transaction discarded because of previous errors."),
            ],
        ),
    ]
)
def test_a_server_without_cluster_and_modules(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_module_help_lists_what_there_is(wire: Wire) -> None:
    told = wire("MODULE", "HELP")
    assert told[0] == b"MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert [line for line in told[1:] if not line.startswith(b" ")] == [
        b"LIST",
        b"LOAD <path> [<arg> ...]",
        b"LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        b"UNLOAD <name>",
        b"HELP",
    ]


def test_reading_from_replicas_can_be_asked_for_on_valkey(server: Server, wire: Wire) -> None:
    told = [str(wire("READONLY")), str(wire("READWRITE"))]
    has_it = server.name == "valkey" or server.version.startswith("8.")
    assert told == ([str(b"OK")] * 2 if has_it else [DISABLED] * 2)


@pytest.mark.targets("mock")
def test_where_modules_are_allowed_none_is_found(server: Server, wire: Wire) -> None:
    mock: MockServer = server.mock
    mock.kernel.config.state("enable-module-command", "local")
    check(
        wire,
        [
            (
                "MODULE LOAD /nowhere.so",
                "ERR Error loading the extension. Please check the server logs.",
            ),
            ("MODULE UNLOAD x", "ERR Error unloading module: no such module with that name"),
        ],
    )
    mock.kernel.config.state("enable-debug-command", "no")
    assert str(wire("DEBUG", "SLEEP", 0)) == NOT_ALLOWED.replace("MODULE", "DEBUG").replace(
        "enable-module", "enable-debug"
    )
