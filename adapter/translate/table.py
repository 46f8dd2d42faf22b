"""How routes are written down: rows for the regular commands, mappers for the rest.

A row says: this redis command, that GLIDE request type, the words as they are.  A command for
which GLIDE has no usable request type is a ``custom`` row with the reason; ``custom`` and
``by_script`` are the only functions that make an untyped request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from adapter.translate import hazards, raw
from adapter.translate.plan import CUSTOM, Lane, Plan, Raw

# half the time of a NamedTuple's own constructor, on everybody's way
_new = tuple.__new__

Router = Callable[[list[bytes], Any], Plan]
"""``(words, name as the caller said it) -> Plan``"""
Mapper = Callable[[list[bytes]], Plan]


def custom(
    words: list[bytes], undo: Raw = raw.deep, lane: Lane = Lane.SHARED, name: Any = None
) -> Plan:
    """``words`` as they are, for what has no typed request."""
    return _new(Plan, (words, (CUSTOM, words), undo, lane, name))


def by_script(words: list[bytes], undo: Raw = raw.deep, name: Any = None) -> Plan:
    """``words`` run by a script, out of sight of GLIDE's conversions (see ``hazards``)."""
    detour = [b"EVAL", hazards.ANY_COMMAND, b"0", *words]
    return Plan(words, (CUSTOM, detour), undo, Lane.SHARED, name)


class Table:
    """The routes of one group: ``routes`` by name, ``customs`` with their reasons, and what is to
    be known of the ``regular`` ones, which need no plan.
    """

    def __init__(self) -> None:
        self.routes: dict[bytes, Router] = {}
        self.regular: dict[bytes, tuple[int, Raw]] = {}
        self.customs: dict[str, str] = {}

    def row(
        self,
        name: str,
        request_type: int,
        undo: Raw = raw.plain,
        lane: Lane = Lane.SHARED,
        unless: hazards.Predicate | None = None,
    ) -> None:
        """``name`` travels as ``request_type``; if ``unless`` says so, by way of a script."""
        skip = name.count(" ") + 1

        def router(words: list[bytes], said: Any) -> Plan:
            return _new(Plan, (words, (request_type, words[skip:]), undo, lane, said))

        def guarded(words: list[bytes], said: Any) -> Plan:
            if unless is not None and unless(words):
                return by_script(words, undo, said)
            return Plan(words, (request_type, words[skip:]), undo, lane, said)

        def of_container(words: list[bytes], said: Any) -> Plan:
            # GLIDE writes the subcommand in capitals; the server repeats it in errors as it came
            plan = guarded(words, said)
            if words[1].isupper() or plan.native[0] == CUSTOM:
                return plan
            return custom(words, undo, lane, said)

        self._add(name, of_container if skip == 2 else guarded if unless else router)
        if skip == 1 and unless is None and undo in raw.SELDOM and lane is Lane.SHARED:
            self.regular[name.encode()] = request_type, undo

    def custom(self, names: str, why: str, undo: Raw = raw.deep, lane: Lane = Lane.SHARED) -> None:
        """Commands (comma-separated) that travel as they are, and the reason."""
        for name in names.split(","):
            command = " ".join(name.split())

            def router(words: list[bytes], said: Any) -> Plan:
                return custom(words, undo, lane, said)

            self._add(command, router)
            self.customs[command] = why

    def refuse(self, name: str, advice: str) -> None:
        """A command that no shared client can run: ``RedisError`` with advice, unsent."""

        def router(words: list[bytes], said: Any) -> Plan:
            raise RedisError(advice)

        self._add(name, router)

    def mapper(self, name: str) -> Callable[[Mapper], Mapper]:
        """Decorates the function that makes the plan of ``name`` from its words."""

        def register(plan: Mapper) -> Mapper:
            self._add(name, lambda words, said: plan(words)._replace(name=said))
            return plan

        return register

    def _add(self, name: str, router: Router) -> None:
        key = name.encode()
        if key in self.routes:
            raise ValueError(f"{name} has two routes")
        self.routes[key] = router
