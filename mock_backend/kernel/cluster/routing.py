"""Where a call belongs: here, or elsewhere, or nowhere just now.  Source: cluster.c
(getNodeByQuery, clusterRedirectBlockedClientIfNeeded), script.c (scriptVerifyClusterState).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from mock_backend.errors import cluster as errors
from mock_backend.kernel.cluster.slots import slot_of
from mock_backend.profile import Since
from mock_backend.replies import Raw, Reply, ReplyError
from mock_backend.resp.writer import encoded
from mock_backend.schema.access import keys_by_place
from mock_backend.schema.command import Command
from mock_backend.schema.facts import KEY_SPECS

if TYPE_CHECKING:
    from mock_backend.kernel.cluster.node import Node
    from mock_backend.kernel.cluster.view import View
    from mock_backend.kernel.scripts.host import Run
    from mock_backend.kernel.session import Session
    from mock_backend.kernel.waiting import Parked

Words: TypeAlias = Sequence[bytes]
Call: TypeAlias = tuple[Command, Words]

_SHARDED: Final = {"ssubscribe": None, "sunsubscribe": None, "spublish": 2}
"""These name channels where others name keys; up to which word."""
_NO_KEYS: Final = 0
_ONE_KEY: Final = 1
"""The second word."""
_KEYS: Final = 2
_KEEPS_ASKING: Final = frozenset(("asking", "multi"))
_TELLS_WHY: Final = Since("valkey-8.0.0")
"""Scripts are told why a call is not served here."""


class Routes:
    """The way that calls take at one node."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._kinds: dict[str, int] = {}
        """How the keys of each command are found; told once for each."""
        self._asked = False
        """Whether the call that is performed came behind ASKING."""

    def refusal(self, session: Session, command: Command, words: Words) -> Reply:
        """The error that sends a call elsewhere, or ``None``.  EXEC that is refused ends the
        transaction, and is not said to have done so.
        """
        name = command.name
        if session.asking:
            self._asked = asking = True
            if session.queue is None and name not in _KEEPS_ASKING:
                session.asking = False
        else:
            self._asked = asking = "asking" in command.flags
        if session.is_primary:
            return None
        if name == "exec":
            return self._refusal_of_exec(session, command, asking=asking)
        kind = self._kind_of(name)
        if kind == _NO_KEYS:
            return None
        view = self._view
        if kind == _ONE_KEY and view.is_ok:
            slot = slot_of(words[1])
            if view.owners[slot] is view.me and slot not in view.migrating:
                return None
        return self.error(session, [(command, words)], asking=asking)

    def _refusal_of_exec(self, session: Session, command: Command, *, asking: bool) -> Reply:
        kernel = self._view.kernel
        if session.queue is None:
            return None
        session.asking = False
        error = self.error(session, session.queue, asking=asking)
        if error is None:
            return None
        session.queue = None
        session.must_abort = False
        session.regate()
        kernel.watching.end(session)
        kernel.statistics.count_error(error.code)
        command.rejected += 1
        return Raw(encoded(error.said_by(kernel.profile), session.protocol))

    def _kind_of(self, name: str) -> int:
        kind = self._kinds.get(name)
        if kind is None:
            specs = KEY_SPECS.get(name, ())
            if name in _SHARDED:
                kind = _KEYS
            elif not specs or all("not_key" in spec.flags for spec in specs):
                kind = _NO_KEYS
            else:
                one = specs[0]
                plain = not (one.keyword or one.counted or one.unknown or one.last)
                kind = _ONE_KEY if plain and one.start == 1 and len(specs) == 1 else _KEYS
            self._kinds[name] = kind
        return kind

    def _keys(self, command: Command, words: Words) -> Words:
        name = command.name
        if name in _SHARDED:
            return words[1 : _SHARDED[name]]
        if self._kind_of(name) == _NO_KEYS:
            return ()
        return keys_by_place(name, words)

    def error(self, session: Session, calls: Sequence[Call], *, asking: bool) -> ReplyError | None:
        """Why calls that are performed together are not served here, if so."""
        view = self._view
        slot = -1
        first = b""
        several = moving = coming = False
        missing = existing = 0
        sharded = any(command.name in _SHARDED for command, _ in calls)
        owner: Node | None = None
        here = view.kernel.space.databases[0].lookup
        for command, words in calls:
            for key in self._keys(command, words):
                if slot < 0:
                    first, slot = key, slot_of(key)
                    owner = view.owners[slot]
                    if owner is None:
                        return errors.slot_not_served()
                    moving = owner is view.me and slot in view.migrating
                    coming = not moving and slot in view.importing
                elif key != first:
                    if slot_of(key) != slot:
                        return errors.cross_slot()
                    several = True
                if (moving or coming) and not sharded:
                    if here(key) is None:
                        missing += 1
                    else:
                        existing += 1
        if owner is None:
            return None
        if not view.is_ok and (down := self._down(calls, sharded=sharded)) is not None:
            return down
        if moving or coming:
            if any(command.name == "migrate" for command, _ in calls):
                return None
            if moving and missing:
                return errors.try_again() if existing else self._ask(slot)
            if coming and asking:
                return errors.try_again() if several and missing else None
        if owner is view.me or (
            (session.reads_only or sharded)
            and view.me.primary is owner
            and not any(self._writes(*call) for call in calls)
        ):
            return None
        return self._moved(slot, owner)

    def _writes(self, command: Command, words: Words) -> bool:
        return "write" in self._view.kernel.scripts.flags_of(command, words)

    def _down(self, calls: Sequence[Call], *, sharded: bool) -> ReplyError | None:
        config = self._view.kernel.config
        if sharded:
            served = config.flag("cluster-allow-pubsubshard-when-down")
            return None if served else errors.cluster_down()
        if not config.flag("cluster-allow-reads-when-down"):
            return errors.cluster_down()
        if any(self._writes(*call) for call in calls):
            return errors.cluster_down_for_writes()
        return None

    def _moved(self, slot: int, owner: Node) -> ReplyError:
        return errors.moved(slot, self.endpoint(owner) or "", owner.port)

    def _ask(self, slot: int) -> ReplyError:
        target = self._view.migrating[slot]
        return errors.ask(slot, self.endpoint(target) or "", target.port)

    def endpoint(self, node: Node) -> str | None:
        """Where clients shall find a node, as this one is told to say it; ``None``: where they have
        found this one.
        """
        preferred = self._view.kernel.config.text("cluster-preferred-endpoint-type")
        if preferred == "hostname":
            return node.hostname or "?"
        return node.host if preferred == "ip" else None

    # who is not a client with a new call

    def refusal_of_parked(self, parked: Parked) -> ReplyError | None:
        """Why a call that waits for a key waits in vain here, if so."""
        view = self._view
        if not view.is_ok:
            return errors.cluster_down()
        slot = slot_of(parked.places[0][1])
        owner = view.owners[slot]
        reads = parked.session.reads_only and not parked.command.writes
        if owner is view.me or (reads and owner is not None and view.me.primary is owner):
            return None
        if slot in view.importing:
            return None
        return errors.slot_not_served() if owner is None else self._moved(slot, owner)

    def refusal_in_script(self, run: Run, command: Command, words: Words) -> ReplyError | None:
        """Why a script may not make this call, if so: the key is another node's, or in another slot
        than the keys before it.
        """
        caller = run.caller
        if caller is None or caller.is_primary:
            return None
        error = self.error(caller, [(command, words)], asking=self._asked)
        if error is not None:
            tells_why = self._view.kernel.profile.has(_TELLS_WHY)
            return errors.in_script(error, command.name, tells_why=tells_why)
        if run.crosses_slots:
            return None
        for key in (*run.keys[:1], *self._keys(command, words)):
            slot = slot_of(key)
            if run.slot not in (-1, slot):
                return errors.script_crosses_slots()
            run.slot = slot
        return None
