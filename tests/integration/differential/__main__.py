"""``make differential``: the full length of the generated conversations, on both real servers.

python -m tests.integration.differential [--commands 20000] [--type lists ...] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial

from tests.integration.differential.clients import compare
from tests.integration.differential.company import COMPANIES
from tests.integration.differential.groups import GROUPS
from tests.integration.differential.machine import Report, explore
from tests.integration.differential.meeting import Hall, Parting
from tests.integration.differential.pair import COMPAT, Difference, Pair
from tests.integration.differential.sessions import converse
from tests.targets import RealServer, program, running

SESSIONS = "sessions"
"""The type of which several sessions speak, in every kind of company."""


CLIENTS = "clients"
"""The type where redis-py and the adapter speak, to two servers of a kind."""

TYPES = [*GROUPS, SESSIONS, CLIENTS]


def main() -> int:
    """0 if nothing differs."""
    parser = argparse.ArgumentParser(prog="make differential", description=__doc__)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--type", nargs="*", choices=TYPES, default=TYPES)
    parser.add_argument("--server", nargs="*", choices=list(COMPAT), default=list(COMPAT))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=5, help="differences to look for in each")
    asked = parser.parse_args()
    differing = 0
    for server in asked.server:
        program(server)
        real = RealServer(server)
        pair = Pair(server, "127.0.0.1", real.port)
        try:
            for name in asked.type:
                if name in GROUPS:
                    differing += _tell(server, name, partial(explore, pair, name), asked)
        finally:
            pair.close()
        try:
            if SESSIONS in asked.type:
                hall = Hall(server, "127.0.0.1", real.port)
                for name in COMPANIES:
                    differing += _tell(server, f"of {name}", partial(converse, hall, name), asked)
                hall.close()
            if CLIENTS in asked.type:
                with running(server) as twin:
                    ports = (real.port, twin.port)
                    differing += _compare_clients(server, ports, asked.commands, asked.seed)
        finally:
            real.stop()
    return 1 if differing else 0


def _compare_clients(server: str, ports: tuple[int, int], commands: int, seed: int) -> int:
    """Lets both clients speak and prints where they differ; how often that was."""
    started = time.monotonic()
    outcome = compare(ports, commands, seed)
    found = len(outcome.differences)
    print(
        f"{server:<7} {CLIENTS:<13} {outcome.commands:>7} commands,"
        f" {found} difference{'' if found == 1 else 's'}, {time.monotonic() - started:.1f} s",
        flush=True,
    )
    for difference in outcome.differences:
        print(difference, flush=True)
    return found


def _tell(
    server: str,
    name: str,
    hold: Callable[..., Report[Difference] | Report[Parting]],
    asked: argparse.Namespace,
) -> int:
    """Holds the conversations of one kind and prints what differs; how much that was."""
    started = time.monotonic()
    report = hold(asked.commands, seed=asked.seed, most=asked.most)
    found = len(report.differences)
    print(
        f"{server:<7} {name:<13} {report.commands:>7} commands,"
        f" {report.conversations:>5} conversations,"
        f" {found} difference{'' if found == 1 else 's'},"
        f" {time.monotonic() - started:.1f} s",
        flush=True,
    )
    for difference in report.differences:
        print(difference, flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
