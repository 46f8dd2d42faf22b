"""``python -m mock_backend``: a server on a port, until Ctrl-C, SIGTERM or SHUTDOWN."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from mock_backend.server import MockServer
from mock_backend.version import VALKEY_VERSION


def main() -> int:
    """Serves until it is told to stop.  The exit code: 0, or 1 if the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m mock_backend",
        description="A Redis/Valkey server in pure Python, for tests. Nothing is ever saved.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=6379, help="0 takes a free one")
    parser.add_argument("--requirepass", default="", metavar="PASSWORD", help="what AUTH wants")
    parser.add_argument("--databases", type=int, default=16, metavar="COUNT")
    options = parser.parse_args()
    server = MockServer(
        host=options.host,
        port=options.port,
        password=options.requirepass,
        databases=options.databases,
    )
    try:
        asyncio.run(_serve(server))
    except OSError as error:
        print(f"mock_backend: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # where there are no signal handlers
    return 0


async def _serve(server: MockServer) -> None:
    stop = asyncio.Event()
    server.on_shutdown = stop.set
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        try:
            loop.add_signal_handler(getattr(signal, name), stop.set)
        except NotImplementedError:
            break
    async with server:
        print(f"mock_backend (as Valkey {VALKEY_VERSION}) on {server.url}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
