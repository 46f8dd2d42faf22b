"""This server as a replica: it asks its primary for the stream and performs what stands in it.

A conversation in steps: PING, AUTH if there is a password, REPLCONF, PSYNC; then an image, if the
primary cannot go on from where this server stopped, and the stream.  What is said there passes no
gate, for the primary has let it through already.  Once a second the primary is told how far this
server is; a connection that is lost is made again.  Source: replication.c (syncWithMaster,
readSyncBulkPayload), networking.c (commandProcessed).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.links import Link
from mock_backend.kernel.session import Session
from mock_backend.replies import ReplyError
from mock_backend.resp.reader import ProtocolError, RequestReader
from mock_backend.resp.requests import encoded
from mock_backend.store.rdb.form import Corrupt

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.replication.role import Replication

_AGAIN_MS: Final = 1_000
_MARK: Final = 40
"""Bytes of the mark behind an image whose size was not known beforehand."""


class Following:
    """The way to one primary; the talker of its connection (links.py)."""

    def __init__(
        self,
        kernel: Kernel,
        replication: Replication,
        host: str,
        port: int,
        *,
        failing_over: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.state = "connect"
        """As ROLE says it: ``connect``, ``connecting``, ``handshake``, ``sync``, ``connected``."""
        self.session: Session | None = None
        """Who the stream speaks as; there from the first image on, anew after CLIENT KILL."""
        self._kept = 0
        """The database that was selected when the last session was closed."""
        self.heard_ms = 0
        self.down_since_ms = kernel.space.now_ms
        self.bytes_in = 0
        self._kernel = kernel
        self._replication = replication
        self._failing_over = failing_over
        self._link: Link | None = None
        self._dialled_ms = -_AGAIN_MS
        self._told_ms = 0
        self._buffer = b""
        self._expected: deque[str] = deque()
        self._size = -1
        """Bytes of the image that are still to come; -1: not known."""
        self._mark = b""
        self._reader: RequestReader | None = None
        self._queue: list[Sequence[bytes]] | None = None
        """The requests of a transaction that has not ended: not performed yet."""
        self._over = False

    @property
    def up(self) -> bool:
        """Whether the stream is being followed."""
        return self.state == "connected"

    @property
    def selected(self) -> int:
        """The database that the stream has selected."""
        return self._kept if self.session is None else self.session.context.db.number

    # the connection

    def dial(self) -> None:
        """Begins the conversation, from its first word."""
        if self._over:
            return
        self._dialled_ms = self._kernel.space.now_ms
        self.state = "connecting"
        self._buffer, self._size, self._mark, self._reader = b"", -1, b"", None
        source = self._kernel.config.text("bind-source-addr")
        self._link = self._kernel.dial(self.host, self.port, self, source)

    def end(self) -> None:
        """This server follows somebody else, or nobody."""
        self._over = True
        self._hang_up()
        if self.session is not None:
            self._kernel.disconnect(self.session)

    def opened(self, link: Link) -> None:
        """The connection stands."""
        self._link = link
        self.state = "handshake"
        self.heard_ms = self._kernel.space.now_ms
        self._expected = deque(("ping",))
        self._say(b"PING")

    def lost(self, reason: str) -> None:
        """The connection is gone: it is made again in a second."""
        self._link = None
        self._down()

    def _dropped(self) -> None:
        """CLIENT KILL has closed the connection: the stream goes on where it was, in a new one."""
        self._kept, self.session = self.selected, None
        self._hang_up()
        self._down()

    def tick(self, now_ms: int) -> None:
        """What time brings."""
        if self._link is None:
            if now_ms - self._dialled_ms >= _AGAIN_MS and not self._over:
                self.dial()
            return
        if now_ms - self.heard_ms > self._kernel.config.number("repl-timeout") * 1000:
            self._hang_up()
            self._down()
        elif self.up and now_ms - self._told_ms >= _AGAIN_MS:
            self.acknowledge()

    def acknowledge(self) -> None:
        """Tells the primary how far this server is."""
        self._told_ms = self._kernel.space.now_ms
        offset = b"%d" % self._replication.offset
        words = [b"REPLCONF", b"ACK", offset]
        if self._kernel.config.flag("appendonly"):
            words += [b"FACK", offset]
        self._say(*words)

    def _say(self, *words: bytes) -> None:
        if self._link is not None:
            self._link.send(encoded(words))

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _down(self) -> None:
        if self.up:
            self.down_since_ms = self._kernel.space.now_ms
        self.state = "connect"
        if self._failing_over:
            self._failing_over = False
            self._kernel.failover.refused()

    # the conversation

    def received(self, data: bytes) -> None:
        """The primary has said something."""
        self.heard_ms = self._kernel.space.now_ms
        self.bytes_in += len(data)
        if self._reader is not None:
            self._stream(data)
            return
        self._buffer += data
        while self._link is not None and self._reader is None and self._step():
            pass

    def _step(self) -> bool:
        """Takes the next piece of the conversation; whether there was a whole one."""
        if self.state == "sync":
            return self._image()
        line, end, rest = self._buffer.partition(b"\n")
        if not end:
            return False
        self._buffer = rest
        line = line.rstrip(b"\r")
        if line:
            self._answered(self._expected.popleft(), line)
        return True

    def _answered(self, step: str, line: bytes) -> None:
        refused = line.startswith(b"-")
        if step == "ping":
            if refused and not line.startswith((b"-NOAUTH", b"-NOPERM", b"-ERR operation not")):
                self._give_up()
                return
            self._introduce()
        elif step == "auth" and refused:
            self._give_up()
        elif step == "psync":
            self._agreed(line)
        elif not self._expected:
            self._ask()  # not before: SYNC is refused while an answer has not been sent

    def _introduce(self) -> None:
        """AUTH and REPLCONF in one go: each answer has its place."""
        config = self._kernel.config
        user, password = config.text("primaryuser"), config.text("primaryauth")
        if password:
            self._expected.append("auth")
            self._say(b"AUTH", *([user.encode()] if user else []), password.encode())
        port = config.number("replica-announce-port") or self._kernel.port
        self._expected += ["replconf", "replconf"]
        self._say(b"REPLCONF", b"listening-port", b"%d" % port)
        if host := config.text("replica-announce-ip"):
            self._expected.append("replconf")
            self._say(b"REPLCONF", b"ip-address", host.encode())
        self._say(b"REPLCONF", b"capa", b"eof", b"capa", b"psync2")

    def _ask(self) -> None:
        """PSYNC, from where this server stopped."""
        self._expected.append("psync")
        ours = self._replication
        words = [b"PSYNC", b"?", b"-1"]
        if ours.backlog is not None:
            words = [b"PSYNC", ours.id.encode(), b"%d" % (ours.offset + 1)]
        if self._failing_over:
            words.append(b"FAILOVER")
        self._say(*words)

    def _agreed(self, line: bytes) -> None:
        words = line.split()
        if words[0] == b"+FULLRESYNC" and len(words) == 3:
            self._failed_over()
            self._replication.adopt(words[1].decode(), int(words[2]))
            self.state = "sync"
        elif words[0] == b"+CONTINUE":
            self._failed_over()
            if len(words) > 1:
                self._replication.rename(words[1].decode())
            self._connected()
        else:
            self._give_up()

    def _failed_over(self) -> None:
        """The other side has taken the role over, if that was asked for."""
        if self._failing_over:
            self._failing_over = False
            self._kernel.failover.done()

    def _give_up(self) -> None:
        """This time; the next try comes in a second."""
        self._hang_up()
        self._down()

    def _image(self) -> bool:
        """The image: its size and the bytes, or a mark, the bytes, and the mark again."""
        if self._size < 0 and not self._mark:
            line, end, rest = self._buffer.partition(b"\n")
            if not end:
                return False
            self._buffer = rest
            line = line.rstrip(b"\r")
            if line.startswith(b"$EOF:"):
                self._mark = line[5 : 5 + _MARK]
            elif line.startswith(b"$"):
                self._size = int(line[1:])
            elif line:
                self._give_up()
            return True
        if self._mark:
            at = self._buffer.find(self._mark)
            if at < 0:
                return False
            image, self._buffer = self._buffer[:at], self._buffer[at + _MARK :]
        elif len(self._buffer) < self._size:
            return False
        else:
            image, self._buffer = self._buffer[: self._size], self._buffer[self._size :]
        self._queue = None  # the stream may have stopped within a transaction
        try:
            told = self._kernel.persistence.load(image)
        except Corrupt:
            self._give_up()
            return True
        self._connected(int(told.get("repl-stream-db", "0") or 0))
        return True

    def _connected(self, selected: int = -1) -> None:
        self.state = "connected"
        if self._replication.backlog is None:
            self._replication.open_backlog()
        if self.session is None:
            self.session = self._kernel.connect(address=f"{self.host}:{self.port}")
            self.session.is_primary = True
            self.session.authenticated = True
            self.session.context.select(self._kept)
            self.session.drop = self._dropped
        if selected >= 0:
            self.session.context.select(selected)
        self._reader = RequestReader()
        behind, self._buffer = self._buffer, b""
        self.acknowledge()
        if behind:
            self._stream(behind)

    # the stream

    def _stream(self, data: bytes) -> None:
        assert self._reader is not None
        assert self.session is not None
        self.session.bytes_in += len(data)
        self._reader.feed(data)
        try:
            while self._link is not None and self._reader is not None:
                words = self._reader.next()
                if words is None:
                    return
                if words:
                    self._take(words)
        except ProtocolError:
            self._give_up()

    def _take(self, words: Sequence[bytes]) -> None:
        """One request; those of a transaction are performed together, at its end."""
        name = words[0].upper()
        request = encoded(words)
        if self._queue is not None and name != b"EXEC":
            self._queue.append(words)
        elif name == b"MULTI":
            self._queue = []
        elif name == b"EXEC":
            queue, self._queue = self._queue or [], None
            for each in queue:
                self._perform(each)
        elif name == b"REPLCONF":
            self._replication.append(request)
            if len(words) > 1 and words[1].upper() == b"GETACK":
                self.acknowledge()
            return
        else:
            self._perform(words)
        self._replication.append(request)

    def _perform(self, words: Sequence[bytes]) -> None:
        kernel, session = self._kernel, self.session
        assert session is not None
        space = kernel.space
        session.last_ms = space.now_ms
        context = session.context
        context.atomic = True
        space.primary_speaks = True
        try:
            command = kernel.resolve(words)
            session.last_command = command.name
            kernel.perform(context, command, words)
            session.calls += 1
        except ReplyError:
            pass  # the primary knows commands that this server does not
        finally:
            context.atomic = False
            space.primary_speaks = False
