"""When keys were last used, and how often: what stands behind ``Database.accessed``.

Ordinarily that is a plain dictionary of times, which costs next to nothing.  Under an LFU policy it
is ``Frequencies``, which counts as well; while a client runs that must leave no trace (CLIENT
NO-TOUCH) it is ``Untouched``.  Source: evict.c, object.c, db.c.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

_NEW: Final = 5
"""The counter of a new key (LFU_INIT_VAL)."""
_MOST: Final = 255
_MINUTE_MS: Final = 60_000
_ROUND: Final = 1 << 16
"""Minutes are kept in 16 bits."""


class Frequencies(dict[bytes, int]):
    """Times of access, and for each key a logarithmic counter that decays."""

    __slots__ = ("counters", "decay_minutes", "log_factor")

    def __init__(self, times: Mapping[bytes, int], *, log_factor: int, decay_minutes: int) -> None:
        super().__init__(times)
        self.log_factor = log_factor
        self.decay_minutes = decay_minutes
        self.counters: dict[bytes, int] = dict.fromkeys(times, _NEW)

    def __setitem__(self, key: bytes, now_ms: int) -> None:
        if key in self:
            counter = self.frequency(key, now_ms)
            self.counters[key] = self._raised(counter)
        else:
            self.counters[key] = _NEW
        super().__setitem__(key, now_ms)

    def update(self, *others: Any, **_named: Any) -> None:
        for other in others:
            for key, now_ms in dict(other).items():
                self[key] = now_ms

    def pop(self, key: bytes, *default: Any) -> Any:
        self.counters.pop(key, None)
        return super().pop(key, *default)

    def clear(self) -> None:
        super().clear()
        self.counters.clear()

    def frequency(self, key: bytes, now_ms: int) -> int:
        """The counter of ``key``, less what time has taken since (LFUDecrAndReturn)."""
        counter = self.counters.get(key, _NEW)
        if not self.decay_minutes:
            return counter
        then = self.get(key, now_ms)
        elapsed = (now_ms // _MINUTE_MS - then // _MINUTE_MS) % _ROUND
        return max(0, counter - elapsed // self.decay_minutes)

    def _raised(self, counter: int) -> int:
        """The greater it is the less likely it grows (LFULogIncr)."""
        if counter >= _MOST:
            return _MOST
        base = max(0, counter - _NEW)
        return counter + (random.random() < 1.0 / (base * self.log_factor + 1))


class Untouched(dict[bytes, int]):
    """Another dictionary of times, in which only new keys are noted."""

    __slots__ = ("times",)

    def __init__(self, times: dict[bytes, int]) -> None:
        super().__init__()
        self.times = times

    def __setitem__(self, key: bytes, now_ms: int) -> None:
        if key not in self.times:
            self.times[key] = now_ms

    def update(self, *others: Any, **_named: Any) -> None:
        for other in others:
            self.times.update(other)  # TOUCH says it outright

    def get(self, key: bytes, default: Any = None) -> Any:
        return self.times.get(key, default)

    def pop(self, key: bytes, *default: Any) -> Any:
        return self.times.pop(key, *default)

    def clear(self) -> None:
        self.times.clear()


def plain(times: dict[bytes, int]) -> dict[bytes, int]:
    """The dictionary in which something is noted."""
    return times.times if isinstance(times, Untouched) else times
