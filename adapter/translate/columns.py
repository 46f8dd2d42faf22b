"""A batch, column by column: what several ask of it, each taken once.

How many bytes it has and which replies it will bring is asked by the queue, how many of its
requests are typed by the counters, and how it is laid out in memory by the crossing.
"""

from __future__ import annotations

from itertools import chain

from adapter.translate.plan import Native, Words, types_of, words_of


class Columns:
    """The requests of a batch, in order, and what is to be known of each."""

    __slots__ = ("groups", "lengths", "natives", "types", "words")

    groups: list[Words]
    """The words of each request."""
    words: Words
    """Those of all of them."""

    def __init__(self, natives: list[Native]) -> None:
        self.natives = natives
        if len(natives) == 1:
            request_type, words = natives[0]
            self.types, self.groups, self.words = [request_type], [words], words
        else:
            self.types = types_of(natives)
            self.groups = words_of(natives)
            self.words = [*chain.from_iterable(self.groups)]
        self.lengths = [*map(len, self.words)]
        """Bytes of each word."""

    def __len__(self) -> int:
        return len(self.types)
