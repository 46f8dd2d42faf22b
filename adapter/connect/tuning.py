"""How a client's calls travel, as its caller may say beside redis-py's own keywords."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from redis.exceptions import DataError

from adapter.state.batching import MOST_COMMANDS

OF_THREADS = ("auto_batch",)
"""The keywords of a synchronous client."""
OF_LOOPS = ("auto_batch", "busy_wait")
"""Those of an asynchronous one."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is not said is as here."""

    auto_batch: bool | int = True
    """Whether calls share batches, or how many at most."""
    busy_wait: bool = True
    """Whether an event loop may stay awake while a reply is awaited, where that pays."""

    @property
    def most_batched(self) -> int:
        """How many calls may share a batch; 0: none, every call crosses by itself."""
        return MOST_COMMANDS if self.auto_batch is True else int(self.auto_batch)

    def changed(self, said: Mapping[str, Any]) -> Tuning:
        """As the caller says; the same object if that changes nothing.

        Errors: DataError.
        """
        wanted = replace(self, **said)
        batch = wanted.auto_batch
        if not isinstance(batch, (bool, int)) or (batch is not False and batch < 1):
            raise DataError("auto_batch: True, False, or how many calls may share a batch (1 ...)")
        if not isinstance(wanted.busy_wait, bool):
            raise DataError("busy_wait: True or False")
        same = (wanted.most_batched, wanted.busy_wait) == (self.most_batched, self.busy_wait)
        return self if same else wanted


def taken(keywords: MutableMapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What is said of these; from then on ``keywords`` are redis-py's own.  None says nothing."""
    said = {name: keywords.pop(name) for name in names if name in keywords}
    return {name: value for name, value in said.items() if value is not None}
