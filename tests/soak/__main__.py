"""Ten minutes of random commands from fifty clients; the exit code is 1 if anything did not hold.

python -m tests.soak [--minutes 10] [--clients 50] [--seed 1] [--compat valkey-8.0]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mock_backend.profile import DEFAULT, PROFILES
from tests.soak.memory import GROWTH, ROOM_MB, flatness, resident_mb
from tests.soak.rounds import Soak

ENOUGH: Final = 5
"""Violations after which the rest is not waited for."""
EVERY_SECONDS: Final = 10.0


class Host:
    """The mock in a process of its own."""

    def __init__(self, compat: str) -> None:
        # a pipe that nobody empties would fill, and stop whoever writes to it
        self._mistakes = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.host", compat],
            stdout=subprocess.PIPE,
            stderr=self._mistakes,
            text=True,
            env={**os.environ, "PYTHONMALLOC": "malloc"},  # so that it knows what is in use
        )
        self.port = self._numbers()[0]

    def _numbers(self) -> list[int]:
        assert self._process.stdout is not None
        return [int(word) for word in self._process.stdout.readline().split()[1:]]

    @property
    def megabytes(self) -> float:
        """What it takes of memory now."""
        return resident_mb(self._process.pid)

    def held(self) -> tuple[int, float]:
        """How many objects the collector knows there, and the megabytes in use; where the allocator
        does not tell those, what is resident.
        """
        self._process.send_signal(signal.SIGUSR1)
        objects, in_use = self._numbers()
        return objects, in_use / 1e6 if in_use else self.megabytes

    def stop(self) -> str:
        """Ends it; what it had to say of mistakes."""
        self._process.terminate()
        self._process.communicate(timeout=30)
        self._mistakes.seek(0)
        return self._mistakes.read()

    def kill(self) -> None:
        """Ends it, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._mistakes.close()


@contextmanager
def hosting(compat: str) -> Iterator[Host]:
    """A mock that ends with the block."""
    host = Host(compat)
    try:
        yield host
    finally:
        host.kill()


def say(line: str) -> None:
    """A line for whoever watches."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def soak(host: Host, asked: argparse.Namespace) -> int:
    """The whole run; how many things did not hold."""
    run = Soak("127.0.0.1", host.port, asked.clients, asked.acts, asked.seed, say)
    samples: list[tuple[float, float]] = []
    objects: list[int] = []
    most = 0.0
    start = told = time.monotonic()
    while (elapsed := time.monotonic() - start) < asked.minutes * 60:
        if len(run.violations) >= ENOUGH:
            break
        await run.round()
        before = host.megabytes
        most = max(most, before)
        number, megabytes = host.held()
        objects.append(number)
        samples.append((time.monotonic() - start, megabytes))
        if time.monotonic() - told >= EVERY_SECONDS or run.rounds == 1:
            told = time.monotonic()
            counts = run.world.counts
            say(
                f"{elapsed / 60:5.1f} min  {run.rounds:>4} rounds  {run.replies:>9} replies"
                f"  {before:6.1f} MB, {samples[-1][1]:.1f} in use  {objects[-1]:>8} objects"
                f"  {counts['closed']} closed, {counts['killed']} killed"
                f"  {len(run.violations)} violations"
            )
    found = len(run.violations)
    shape = flatness(samples)
    if shape is None:
        say("memory: too few rounds to say anything")
    else:
        say(f"memory: {shape} ({'flat' if shape.flat else 'NOT FLAT'}: at most"
            f" {GROWTH:.0%} and {ROOM_MB:g} MB more)")  # fmt: skip
        found += not shape.flat
    say(f"resident: {most:.1f} MB at most")
    say(f"objects: {objects[len(objects) // 4]} after warm-up, {objects[-1]} at the end")
    elapsed = time.monotonic() - start
    say(f"{run.rounds} rounds, {run.world.counts['acts']} acts, {run.replies} replies"
        f" ({run.replies / elapsed:.0f}/s), {len(run.violations)} violations")  # fmt: skip
    return found


def main() -> int:
    """0 if everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--acts", type=int, default=30, help="of each client in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compat", choices=PROFILES, default=DEFAULT.name)
    asked = parser.parse_args()
    say(f"soak: {asked.clients} clients, {asked.minutes:g} minutes, seed {asked.seed},"
        f" as {asked.compat}")  # fmt: skip
    with hosting(asked.compat) as host:
        found = asyncio.run(soak(host, asked))
        mistakes = host.stop()
    if mistakes:
        say(f"the server wrote:\n{mistakes[-5000:]}")
    say("held" if not found and not mistakes else "DID NOT HOLD")
    return 1 if found or mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
