"""``python -m mock_backend``: a server on a port, until Ctrl-C, SIGTERM or SHUTDOWN."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mock_backend.profile import DEFAULT, PROFILES
from mock_backend.server import MockServer

MOST_DATABASES: Final = 1_000_000


def main() -> int:
    """Serves until it is told to stop.

    The exit code: 0; 1 if it cannot listen there; 2 for words that make no sense.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mock_backend",
        description="A Redis/Valkey server in pure Python, for tests."
        " Nothing is saved to a file unless one is named.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=_number(0, 65535), default=6379, help="0 takes a free one")
    parser.add_argument("--requirepass", default="", metavar="PASSWORD", help="what AUTH wants")
    parser.add_argument("--databases", type=_number(1, MOST_DATABASES), default=16, metavar="COUNT")
    parser.add_argument(
        "--compat",
        choices=PROFILES,
        default=DEFAULT.name,
        metavar="SERVER",
        help=f"the server to answer as: {', '.join(PROFILES)}; {DEFAULT.name} if not said",
    )
    parser.add_argument("--aclfile", default="", metavar="PATH", help="where users are kept")
    parser.add_argument("--dir", metavar="PATH", help="the folder of the file that SAVE writes")
    parser.add_argument("--dbfilename", metavar="NAME", help="its name: dump.rdb")
    options = parser.parse_args()
    saves = options.dir is not None or options.dbfilename is not None
    dump_file = Path(options.dir or ".") / (options.dbfilename or "dump.rdb")
    try:
        server = MockServer(
            host=options.host,
            port=options.port,
            password=options.requirepass,
            databases=options.databases,
            compat=options.compat,
            aclfile=options.aclfile,
            dump_file=dump_file if saves else "",
        )
    except (OSError, ValueError) as error:
        print(f"mock_backend: {error}", file=sys.stderr)
        return 1
    try:
        asyncio.run(_serve(server))
    except OSError as error:
        print(f"mock_backend: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(word: str) -> int:
        if not word.isdecimal() or not least <= int(word) <= most:
            raise argparse.ArgumentTypeError(f"{word!r} is no number from {least} to {most}")
        return int(word)

    return read


async def _serve(server: MockServer) -> None:
    stop = asyncio.Event()
    server.on_shutdown = stop.set
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
            loop.add_signal_handler(number, stop.set)
    async with server:
        profile = server.kernel.profile
        shown = f"{profile.line.capitalize()} {profile.version}"
        print(f"mock_backend (as {shown}) on {server.url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
