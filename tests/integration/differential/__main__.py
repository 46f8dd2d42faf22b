"""``make soak``: the full length of the generated conversations, on both real servers.

python -m tests.integration.differential [--commands 20000] [--type lists ...] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.integration.differential.groups import GROUPS
from tests.integration.differential.machine import explore
from tests.integration.differential.pair import COMPAT, Pair
from tests.targets import RealServer, program


def main() -> int:
    """0 if nothing differs."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--type", nargs="*", choices=list(GROUPS), default=list(GROUPS))
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
                started = time.monotonic()
                report = explore(pair, name, asked.commands, seed=asked.seed, most=asked.most)
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
                differing += found
        finally:
            pair.close()
            real.stop()
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
