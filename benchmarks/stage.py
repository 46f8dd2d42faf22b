"""What every suite is given: how long a sample may take, which servers there are, and the one event
loop that all asynchronous sides run in.

One loop, because GLIDE's clients share one pipe in a process: a second loop would change what is
measured.
"""

from __future__ import annotations

import asyncio
import gc
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from benchmarks import pace
from benchmarks.contest import Sample

T = TypeVar("T")
AsyncRun = Callable[[int], Awaitable[float]]


@dataclass
class Stage:
    """``with Stage(...) as stage:``; the loop ends with the block."""

    seconds: float = 0.25
    """What a sample takes, about."""
    quick: bool = False
    patience: float = math.inf
    """Seconds after which a contest begins no other round."""
    computing: bool = False
    """Whether clients are measured by the processor time of this process, all threads together."""
    servers: Sequence[str] = ("redis", "valkey")
    """The real servers; the first is the one that clients are measured on."""
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __enter__(self) -> Self:
        # what is here already is not to be gone through with every sample
        gc.collect()
        gc.freeze()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._runner.close()
        gc.unfreeze()

    def pick(self, full: Sequence[T], quick: Sequence[T]) -> Sequence[T]:
        """What is gone through: less of it, if time is short."""
        return quick if self.quick else full

    def await_(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs it in the loop."""
        return self._runner.run(coroutine)

    def rate(self, run: pace.Run, portion: int = 1) -> Sample:
        """Operations per second of something that runs by itself."""
        return pace.rate(_computing(run) if self.computing else run, self.seconds, portion)

    def async_rate(self, run: AsyncRun, portion: int = 1) -> Sample:
        """Operations per second of something that runs in the loop."""

        async def awaited(count: int) -> float:
            return await run(count)

        return self.rate(lambda count: self.await_(awaited(count)), portion)


def _computing(run: pace.Run) -> pace.Run:
    def run_and_count(count: int) -> float:
        began = time.process_time()
        run(count)
        return time.process_time() - began

    return run_and_count
