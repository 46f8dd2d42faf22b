"""What a client has sent so far: the figures behind ``client.stats``.

Counted where a batch leaves for GLIDE, so a command that is asked but never sent is not in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from adapter.translate.plan import CUSTOM, Native


@dataclass(slots=True)
class Counters:
    """Requests by kind, batches, and scripts whose source crossed the wire; all since the pool
    was made.
    """

    typed: int = 0
    """Requests that had a GLIDE request type of their own."""
    custom: int = 0
    """Requests that GLIDE has no type for."""
    batches: int = 0
    """Crossings into GLIDE; each carried one command or many."""
    singles: int = 0
    """Commands that change a connection's state and are therefore never batched."""
    scripts_loaded: int = 0
    """How often a script's source was sent; running it again sends only its SHA1."""

    @property
    def mean_batch(self) -> float:
        """Commands per batch, 0.0 before the first."""
        return (self.typed + self.custom - self.singles) / self.batches if self.batches else 0.0

    def batch(self, types: Sequence[int]) -> None:
        """Counts one batch that is about to leave, by the types of its requests."""
        custom = types.count(CUSTOM)
        self.custom += custom
        self.typed += len(types) - custom
        self.batches += 1

    def single(self, native: Native) -> None:
        """Counts one command that is sent outside a batch."""
        self.singles += 1
        if native[0] == CUSTOM:
            self.custom += 1
        else:
            self.typed += 1

    def script_loaded(self) -> None:
        """A script's source is about to be sent."""
        self.scripts_loaded += 1


def total(counters: Iterable[Counters]) -> Counters:
    """The sum of all, as it stands now."""
    all_of_them = list(counters)
    return Counters(
        **{
            field.name: sum(getattr(one, field.name) for one in all_of_them)
            for field in fields(Counters)
        }
    )
