"""Replication: what this server tells its replicas, and whom it follows itself.

While it has a backlog, every call that changes something is told to it (effects.py): kept for those
that come back soon, and sent to every replica.  A server that nobody ever followed pays nothing for
it: there is no backlog then, and nobody listens.  Offsets count the bytes of the stream.  The other
end of the line, where this server is the replica, is in following.py.  Source: replication.c.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend.errors import replication as errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.replication import effects, field_effects
from mock_backend.kernel.replication.following import Following
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import Raw, Reply, ReplyError
from mock_backend.resp.requests import encoded
from mock_backend.schema.command import MAY_REPLICATE, Command
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

NO_ID: Final = "0" * 40
_SELECTED_INSIDE: Final = Since("7.2.0")
"""Since then SELECT stands behind MULTI."""
_WAITING: Final = ("wait", "waitaof")
_PUBLISHES: Final = ("publish", "spublish")


@dataclass(slots=True, eq=False)
class Replica:
    """What is known of a session that says REPLCONF or asks for the stream."""

    session: Session
    port: int = 0
    """Where it says that it listens."""
    host: str = ""
    """Where it says that it is."""
    partial: bool = False
    """Whether it understands a new replication ID behind +CONTINUE."""
    only_image: bool = False
    wants_data: bool = True
    wants_functions: bool = True
    """What the image shall hold."""
    online: bool = False
    """Whether it is sent the stream."""
    acknowledged: int = 0
    written: int = 0
    """Offset up to which its append-only file is written."""
    heard_ms: int = 0

    @property
    def address(self) -> str:
        """Its host, as it says or as it is seen."""
        return self.host or self.session.address.rpartition(":")[0]


class Replication:
    """The role of one server, and the stream of its changes."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        kernel.space.fields_expired = self.fields_expired
        self.id = secrets.token_hex(20)
        self.id2 = NO_ID
        """Whose stream this one goes on from, up to ``offset2``."""
        self.offset = 0
        self.offset2 = -1
        self.backlog: bytearray | None = None
        """The last bytes of the stream, ending at ``offset``; ``None``: nobody ever asked."""
        self.replicas: dict[Session, Replica] = {}
        """Those that have asked for the stream, in the order of their coming."""
        self.following: Following | None = None
        """The server that this one is a replica of."""
        self.full_syncs = self.partial_syncs = self.refused_syncs = 0
        self.bytes_out = 0
        self._known: dict[Session, Replica] = {}
        self._pending: list[tuple[int, list[bytes]]] = []
        self.deeds: list[list[bytes]] = []
        """What the running call has noted."""
        self._seen = 0
        self._selected = -1
        self._pinged_ms = 0
        self._alone_since_ms = 0
        self._asked_at = -1
        """The offset up to which replicas were last asked to acknowledge."""

    # who is told

    def known(self, session: Session) -> Replica:
        """What a session has said of itself with REPLCONF."""
        if session not in self._known:
            self._known[session] = Replica(session)
        return self._known[session]

    @property
    def online(self) -> list[Replica]:
        """The replicas that are sent the stream."""
        return [replica for replica in self.replicas.values() if replica.online]

    @property
    def active(self) -> bool:
        """Whether time brings anything here."""
        return self.backlog is not None or self.following is not None

    @property
    def tells(self) -> bool:
        """Whether calls have to be looked at: somebody may want to know of them."""
        return self.backlog is not None and self.following is None

    def attach(self, session: Session, *, partial: bool, wanted_id: str, wanted: int) -> Reply:
        """SYNC or PSYNC: from now on the session is sent the stream.

        Reply: the bytes to begin with: the line that says what follows, and an image or the part of
        the stream that was missed.
        """
        replica = self.known(session)
        if self.backlog is None:
            self.open_backlog(renamed=True)
        if partial and self._has(wanted_id, wanted):
            self.partial_syncs += 1
            self._put_online(replica)
            line = f"+CONTINUE {self.id}\r\n" if replica.partial else "+CONTINUE\r\n"
            return Raw(line.encode() + self._since(wanted))
        if partial and wanted_id != "?":
            self.refused_syncs += 1
        self.full_syncs += 1
        selected = 0 if self.following is None else self.following.selected
        image = self._kernel.persistence.snapshot(
            {"repl-stream-db": str(selected), "repl-id": self.id, "repl-offset": str(self.offset)},
            data=replica.wants_data,
            functions=replica.wants_functions,
        )
        self._selected = -1  # whoever comes new has no database selected
        line = f"+FULLRESYNC {self.id} {self.offset}\r\n" if partial else ""
        if replica.only_image:
            session.closing = True
        else:
            self._put_online(replica)
        return Raw(line.encode() + b"$%d\r\n" % len(image) + image)

    def _put_online(self, replica: Replica) -> None:
        if not self.replicas:
            self._pinged_ms = self._kernel.space.now_ms
        replica.online = True
        replica.heard_ms = self._kernel.space.now_ms
        self.replicas[replica.session] = replica
        replica.session.is_replica = True
        replica.session.regate()
        self._kernel.observe()

    def _has(self, wanted_id: str, wanted: int) -> bool:
        """Whether the stream from there on is still in the backlog."""
        if self.backlog is None:
            return False
        if wanted_id != self.id and not (wanted_id == self.id2 and wanted <= self.offset2):
            return False
        return self.first_kept <= wanted <= self.offset + 1

    def _since(self, wanted: int) -> bytes:
        assert self.backlog is not None
        missing = self.offset + 1 - wanted
        return bytes(self.backlog[len(self.backlog) - missing :])

    @property
    def first_kept(self) -> int:
        """The offset of the first byte in the backlog."""
        return self.offset - len(self.backlog or b"") + 1

    @property
    def bytes_in(self) -> int:
        """What the primary has said."""
        return 0 if self.following is None else self.following.bytes_in

    def open_backlog(self, *, renamed: bool = False) -> None:
        """Begins to keep the stream; a history that nobody could have followed gets a new name."""
        if renamed:
            self.id = secrets.token_hex(20)
            self.id2, self.offset2 = NO_ID, -1
        self.backlog = bytearray()
        self._seen = self._kernel.space.dirty
        self._kernel.observe()
        self._kernel.listen()

    def gone(self, session: Session) -> None:
        """A session has ended."""
        self._known.pop(session, None)
        if self.replicas.pop(session, None) is not None and not self.replicas:
            self._alone_since_ms = self._kernel.space.now_ms

    def leave_all(self) -> None:
        """Every replica has to come again."""
        for session in list(self.replicas):
            self._kernel.disconnect(session)
            session.drop()

    # what they are told

    def performed(
        self, context: Context, command: Command, words: Sequence[bytes], reply: Reply
    ) -> None:
        """A call has ended: tells of it, and once the outermost has ended, sends it."""
        space = self._kernel.space
        changed = space.dirty != self._seen
        self._seen = space.dirty
        writes = "write" in command.flags or command.name in MAY_REPLICATE
        unheard = context.session.is_script and not self._kernel.scripts.replicates
        if self._kernel.cluster is not None and command.name in _PUBLISHES:
            unheard = True  # the cluster bus tells them
        if writes and not unheard and effects.tells(command.name, reply, changed=changed):
            number = context.db.number
            for each in effects.told(context, command.name, words, reply):
                self._pending.append((number, each))
        self.deeds.clear()
        if not context.atomic:
            self._send_pending(apart=command.name in _MEETS_EXPIRED_KEYS)
            context.session.written_to = self.offset

    def did(self, words: list[bytes]) -> None:
        """The running call notes what it has done, as it is to be told: its reply does not say."""
        if self.tells:
            self.deeds.append(words)

    def touched(self, database: Database, key: bytes, event: str) -> None:
        """A key has expired or was evicted: replicas only do so when they are told."""
        if event in _GONE and self.tells:
            expired = event == "expired"
            why = "expire" if expired else "eviction"
            self._pending.append((database.number, effects.deletion(self._kernel, key, why)))
            if not expired:  # which counts as no change
                self._seen += 1

    def fields_expired(self, database: Database, key: bytes, fields: list[bytes]) -> None:
        """Fields of a hash have expired: the same holds for them."""
        if self.tells:
            apart = self._kernel.profile.line == "redis"
            for words in field_effects.deletions(key, fields, apart=apart):
                self._pending.append((database.number, words))
            self._seen += 1

    def say(self, number: int, words: list[bytes]) -> None:
        """Tells of what no call has done (DEBUG REPLICATE)."""
        if self.tells:
            self._pending.append((number, words))

    def _send_pending(self, *, apart: bool = False) -> None:
        if not self._pending:
            return
        told, self._pending = self._pending, []
        out: list[bytes] = []
        together = len(told) > 1 and not apart
        if together:
            if not self._kernel.profile.has(_SELECTED_INSIDE):
                self._select(told[0][0], out)
            out.append(_MULTI)
        for number, words in told:
            self._select(number, out)
            out.append(encoded(words))
        if together:
            out.append(_EXEC)
        self.append(b"".join(out))

    def _select(self, number: int, out: list[bytes]) -> None:
        if number != self._selected:
            out.append(encoded([b"SELECT", b"%d" % number]))
            self._selected = number

    def append(self, data: bytes) -> None:
        """Puts bytes at the end of the stream."""
        self.offset += len(data)
        if self.backlog is None:
            return
        self.backlog += data
        surplus = len(self.backlog) - self._kernel.config.number("repl-backlog-size")
        if surplus > 0:
            del self.backlog[:surplus]
        message = Raw(data)
        for replica in self.online:
            self.bytes_out += len(data)
            replica.session.send(message)

    # what they answer

    def acknowledge(self, session: Session, offset: int, written: int | None) -> None:
        """REPLCONF ACK: whoever waits for it may go on."""
        replica = self.replicas.get(session)
        if replica is None:
            return
        replica.acknowledged = max(replica.acknowledged, offset)
        if written is not None:
            replica.written = max(replica.written, written)
        replica.heard_ms = self._kernel.space.now_ms
        self._answer_waits()

    def count(self, offset: int, *, written: bool = False) -> int:
        """How many replicas have the stream up to ``offset``, or have written it."""
        return sum(
            (replica.written if written else replica.acknowledged) >= offset
            for replica in self.online
        )

    def ask(self) -> None:
        """Asks the replicas how far they are, once for each state of the stream."""
        if self.replicas and self._asked_at != self.offset:
            self.append(encoded([b"REPLCONF", b"GETACK", b"*"]))
            self._asked_at = self.offset

    def _answer_waits(self) -> None:
        """Calls of WAIT and WAITAOF that have seen enough end; the others know how many it were."""
        kernel = self._kernel
        for parked in list(kernel.waiting.parked):
            if parked.command.name not in _WAITING:
                continue
            offset = parked.session.written_to
            if parked.command.name == "wait":
                there = self.count(offset)
                enough, parked.otherwise = there >= int(parked.words[1]), there
            else:
                local = parked.otherwise[0]
                there = self.count(offset, written=True)
                parked.otherwise = [local, there]
                enough = local >= int(parked.words[1]) and there >= int(parked.words[2])
            if enough:
                kernel.serving.release(parked, parked.otherwise)

    @property
    def good(self) -> int:
        """How many replicas were heard of within ``min-replicas-max-lag`` seconds."""
        now = self._kernel.space.now_ms
        most = self._kernel.config.number("min-replicas-max-lag")
        return sum((now - replica.heard_ms) // 1000 <= most for replica in self.online)

    @property
    def enough_replicas(self) -> bool:
        """Whether writes are accepted (``min-replicas-to-write``)."""
        config = self._kernel.config
        wanted = config.number("min-replicas-to-write")
        if not wanted or not config.number("min-replicas-max-lag") or self.following:
            return True
        return self.good >= wanted

    # the role

    @property
    def gates(self) -> bool:
        """Whether calls have to be looked at before they are performed."""
        return self.following is not None or (
            self._kernel.config.number("min-replicas-to-write") > 0
        )

    @property
    def refuses_writes(self) -> bool:
        """Whether this is a replica that clients may only read from."""
        return self.following is not None and self._kernel.config.flag("replica-read-only")

    @property
    def stale(self) -> bool:
        """Whether this is a replica that has lost its primary and shall not serve old data."""
        if self.following is None or self.following.up:
            return False
        return not self._kernel.config.flag("replica-serve-stale-data")

    def refusal(self) -> ReplyError | None:
        """The error that clients get for a write, if they get one."""
        if not self.enough_replicas:
            return errors.no_replicas()
        return errors.read_only() if self.refuses_writes else None

    def follow(self, host: str, port: int, *, failing_over: bool = False) -> None:
        """Becomes a replica; whoever waited for something is told that it cannot come."""
        kernel = self._kernel
        if self.following is not None:
            self.following.end()
        kernel.config.state("replicaof", f"{host} {port}")
        for parked in list(kernel.waiting.parked):
            if not kernel.pause.holds(parked):
                session = parked.session
                kernel.serving.release(parked, errors.role_changed())
                kernel.end(session, by=session)
                kernel.later(session.drop)
        if not failing_over:
            self.leave_all()
        self._pending.clear()
        self.following = Following(kernel, self, host, port, failing_over=failing_over)
        self._role_changed()
        kernel.later(self.following.dial)

    def lead(self) -> None:
        """Becomes a primary; its own replicas may go on from where they were."""
        if self.following is None:
            return
        self.following.end()
        self.following = None
        self._kernel.config.state("replicaof", "")
        self.id2, self.offset2 = self.id, self.offset + 1
        self.id = secrets.token_hex(20)
        self._selected = -1
        self._seen = self._kernel.space.dirty
        if self.backlog is None:
            self.backlog = bytearray()
        self._alone_since_ms = self._kernel.space.now_ms
        self.leave_all()
        self._role_changed()

    def adopt(self, identity: str, offset: int) -> None:
        """Goes on with the history of the primary, from there on."""
        self.leave_all()
        self.id, self.offset = identity, offset
        self.id2, self.offset2 = NO_ID, -1
        self.open_backlog()

    def rename(self, identity: str) -> None:
        """The primary has a new name for the same history."""
        if identity != self.id:
            self.id2, self.offset2 = self.id, self.offset + 1
            self.id = identity
            self.leave_all()

    def change_id(self) -> None:
        """DEBUG CHANGE-REPL-ID."""
        self.id = secrets.token_hex(20)
        self.id2, self.offset2 = NO_ID, -1

    def _role_changed(self) -> None:
        self._kernel.observe()
        self._kernel.listen()

    # what time brings

    def tick(self) -> None:
        """Expired keys are told of one by one; pings, acknowledgements and what is overdue."""
        told, self._pending = self._pending, []
        for number, words in told:
            out: list[bytes] = []
            self._select(number, out)
            self.append(b"".join([*out, encoded(words)]))
        self._seen = self._kernel.space.dirty
        now = self._kernel.space.now_ms
        config = self._kernel.config
        if self.following is not None:
            self.following.tick(now)
        elif self.replicas:
            if now - self._pinged_ms >= config.number("repl-ping-replica-period") * 1000:
                self._pinged_ms = now
                self.append(encoded([b"PING"]))
            overdue = config.number("repl-timeout") * 1000
            for replica in list(self.online):
                if now - replica.heard_ms > overdue:
                    self._kernel.disconnect(replica.session)
                    replica.session.drop()
        elif self.backlog is not None and not self.replicas:
            lives = config.number("repl-backlog-ttl") * 1000
            if lives and now - self._alone_since_ms > lives:
                self.backlog = None
                self.change_id()
                self._kernel.observe()


_GONE: Final = frozenset(("expired", "evicted"))


_MULTI: Final = encoded([b"MULTI"])
_MEETS_EXPIRED_KEYS: Final = frozenset({"randomkey", "scan"})
"""What they come across has expired key by key: no transaction."""
_EXEC: Final = encoded([b"EXEC"])
