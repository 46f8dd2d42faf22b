"""``python -m mock_backend``: a server on a port, or a cluster of them, until Ctrl-C, SIGTERM or
SHUTDOWN.

A server that keeps a file saves before a signal ends it, as ``shutdown-on-sigint`` and
``shutdown-on-sigterm`` say; if it cannot, it goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Final

from mock_backend.cluster import MockCluster
from mock_backend.kernel.configuration.directives import BadDirective, Directive, read_words
from mock_backend.loops import new_event_loop
from mock_backend.profile import DEFAULT, PROFILES
from mock_backend.server import MockServer

COLLECTED: Final = 10_000
"""New objects before Python looks for cycles among them."""
_EVERYWHERE: Final = "* -::*"
"""Where a server with a file of its own listens, if that does not say."""


def main() -> int:
    """Serves until it is told to stop.

    The exit code: 0; 1 if it cannot listen there or a file cannot be read; 2 for words that make no
    sense.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mock_backend",
        usage="%(prog)s [redis.conf] [--compat SERVER] [--cluster MASTERS [--replicas NUMBER]]"
        " [--port PORT] [--PARAMETER VALUE ...]",
        description="A Redis/Valkey server in pure Python, for tests.",
        epilog="Any parameter of redis.conf can be given as --PARAMETER VALUE: --port (0 takes a"
        " free one), --bind, --requirepass, --databases, --aclfile, --maxmemory ... Nothing is"
        " saved to a file unless --dir or --dbfilename names one.",
    )
    parser.add_argument(
        "--compat",
        choices=PROFILES,
        default=DEFAULT.name,
        metavar="SERVER",
        help=f"the server to answer as: {', '.join(PROFILES)}; {DEFAULT.name} if not said",
    )
    parser.add_argument(
        "--cluster",
        type=int,
        metavar="MASTERS",
        help="a cluster of so many masters, on PORT and the ports behind it",
    )
    parser.add_argument(
        "--replicas",
        type=int,
        default=0,
        metavar="NUMBER",
        help="how many replicas each master has; none if not said",
    )
    words = sys.argv[1:]
    file = words.pop(0) if words and not words[0].startswith("-") else ""
    options, others = parser.parse_known_args(words)
    try:
        directives = read_words(others)
        if not file and all(each.name != "port" for each in directives):
            directives.append(Directive("port", (b"6379",), "default"))
        if options.cluster is not None:
            if file:
                parser.error("a cluster takes no file; say --PARAMETER VALUE for all nodes")
            _run(partial(_serve_cluster, _cluster(options, directives)))
            return 0
        server = MockServer(
            host=_EVERYWHERE if file else "127.0.0.1",
            compat=options.compat,
            config_file=file,
            settings=directives,
        )
        _run(partial(_serve, server))
    except BadDirective as error:
        parser.error(str(error))
    except (ImportError, OSError, ValueError) as error:
        print(f"mock_backend: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _run(serving: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serving())


def _cluster(options: argparse.Namespace, directives: list[Directive]) -> MockCluster:
    return MockCluster(
        masters=options.cluster,
        replicas=options.replicas,
        compat=options.compat,
        settings=directives,
    )


async def _serve_cluster(cluster: MockCluster) -> None:
    """Until a signal, or SHUTDOWN of every node."""
    stop = asyncio.Event()
    cluster.on_shutdown = stop.set
    for number in (signal.SIGINT, signal.SIGTERM):
        _on_signal(number, stop.set)
    async with cluster:
        profile = cluster.nodes[0].kernel.profile
        for node in cluster.nodes:
            role = "master" if node.is_master else "replica"
            shown = f"{profile.line.capitalize()} {profile.version}, {role}"
            print(f"mock_backend (as {shown}) on {node.url}")
        sys.stdout.flush()
        _collect_seldom()
        await stop.wait()


def _on_signal(number: signal.Signals, action: Callable[[], None]) -> None:
    with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
        asyncio.get_running_loop().add_signal_handler(number, action)


async def _serve(server: MockServer) -> None:
    stop = asyncio.Event()
    server.on_shutdown = stop.set
    for number in (signal.SIGINT, signal.SIGTERM):
        _on_signal(number, partial(_end, server, number, stop))
    wanted = server.kernel.config.number("maxclients")
    async with server:
        profile = server.kernel.profile
        possible = server.kernel.config.number("maxclients")
        if possible < wanted:
            print(
                f"mock_backend: maxclients is {possible} and not {wanted}, as this process may not"
                " have more open files (ulimit -n)",
                file=sys.stderr,
                flush=True,
            )
        shown = f"{profile.line.capitalize()} {profile.version}"
        print(f"mock_backend (as {shown}) on {server.url}", flush=True)
        _collect_seldom()
        await stop.wait()


def _collect_seldom() -> None:
    """The process does nothing else, and a server's data hold hardly any cycles: Python need not
    look for them all the time, nor at all among what has been imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED, 20, 20)


def _end(server: MockServer, number: signal.Signals, stop: asyncio.Event) -> None:
    """What a signal does."""
    kernel = server.kernel
    words = kernel.config.text(f"shutdown-on-{number.name.lower()}").upper().encode()
    if kernel.persistence.save_at_end(words.split()):
        stop.set()
    else:
        print("mock_backend: goes on, as the data cannot be saved", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
