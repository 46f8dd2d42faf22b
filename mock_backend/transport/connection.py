"""One client's bytes, both ways, without a socket: requests are read, performed in order, replies
are gathered.

A parked client reads no further: requests behind a blocking call wait until it has been answered.
``flush`` is given what was said in one turn as one piece of bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mock_backend import errors
from mock_backend.errors import protected_mode
from mock_backend.kernel import protection
from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.session import Session
from mock_backend.replies import Block, Many, Push, Reply, ReplyError, Simple
from mock_backend.resp.reader import ProtocolError, RequestReader
from mock_backend.resp.writer import pieces, write

LARGE: Final = 64 * 1024
MANY: Final = 512
"""A reply of so many bytes, or so many pieces of replies, leave at once: a long pipeline does not
gather its answers in memory.
"""


class Connection:
    """A session and its bytes."""

    def __init__(
        self,
        kernel: Kernel,
        *,
        flush: Callable[[bytes], None],
        close: Callable[[], None],
        abort: Callable[[], None] | None = None,
        unsent: Callable[[], int] = lambda: 0,
        address: str = "",
        local_address: str = "",
    ) -> None:
        self._kernel = kernel
        self._flush = flush
        self._close = close
        self._reader = RequestReader(
            kernel.longest_string, lambda: kernel.acl.is_stranger(self.session)
        )
        self._out = pieces(kernel.profile)
        self._behind: list[Reply] = []
        self._busy = False
        self._full = False
        """Whether the peer does not take its replies: nothing more is performed until it does."""
        self.session: Session = kernel.connect(address=address, local_address=local_address)
        self.session.send = self._send
        self.session.wake = self.proceed
        self.session.drop = self._drop
        self.session.abandon = abort or close
        self.session.unsent = unsent
        if len(kernel.sessions) > kernel.config.number("maxclients"):
            self._turn_away(errors.too_many_clients())
        elif protection.keeps_out(kernel, address):
            self._turn_away(protected_mode.denied())

    def _turn_away(self, why: ReplyError) -> None:
        self._kernel.statistics.rejected_sessions += 1
        self._kernel.disconnect(self.session)
        write(self._out, why.said_by(self._kernel.profile), 2)
        self._drop()

    def receive(self, data: bytes) -> None:
        """Takes what the client sent, performs what is complete, and flushes the replies."""
        self._reader.max_bulk = self._kernel.longest_string
        self._reader.wary = not self.session.authenticated
        self._reader.feed(data)
        session = self.session
        session.bytes_in += len(data)
        calls = session.calls
        if session.parked is None and not self._busy:
            self.proceed()
        if session.calls != calls or self._reader.is_idle:
            session.last_read = session.unread + len(data)
            session.unread = 0
        else:
            session.unread += len(data)
            if session.unread > self._kernel.limits.query:
                self._kernel.limits.drop_long(session)

    def proceed(self) -> None:
        """Performs what has been read, until there is nothing more or the session is parked."""
        session = self.session
        submit = self._kernel.submit
        out = self._out
        following = self._reader.next
        self._busy = True
        try:
            while session.parked is None and not session.closing and not self._full:
                words = following()
                if words is None:
                    break
                if not words:
                    continue
                reply = submit(session, words)
                kind = type(reply)
                if session.reply_mode != "on":
                    if kind is not Block:  # a call that waits is silenced once it is answered
                        session.hush()
                    if type(reply) is Push or type(reply) is Many:
                        write(out, reply, session.protocol)  # subscriptions are told of anyway
                elif kind is bytes:
                    out.append(b"$%d\r\n%b\r\n" % (len(reply), reply))
                    if len(reply) > LARGE:
                        self._flush_out()
                elif kind is Simple:
                    out.append(reply.wire)
                elif kind is not Block:
                    write(out, reply, session.protocol)
                if self._behind:
                    for message in self._behind:
                        if session.reply_mode == "on" or type(message) is Push:
                            write(out, message, session.protocol)
                    self._behind.clear()
                if len(out) > MANY:
                    self._flush_out()
        except ProtocolError as error:
            write(out, errors.err(f"Protocol error: {error}"), session.protocol)
            session.closing = True
        except Exception as error:  # a handler's reply means nothing; half of it may be written
            write(out, self._kernel.bug(error), session.protocol)
            session.closing = True
        finally:
            self._busy = False
        self._flush_out()
        if session.closing:
            self._drop()
        self._kernel.run_later()

    @property
    def listens(self) -> bool:
        """Whether it may be told more now: it is not in the middle of a request."""
        return not (self._busy or self._full or self.session.closing)

    def move(self, flush: Callable[[bytes], None], close: Callable[[], None]) -> None:
        """From now on its bytes go another way."""
        self._flush, self._close = flush, close

    def hold(self) -> None:
        """The peer does not take its replies."""
        self._full = True

    def go_on(self) -> None:
        """The peer takes its replies again."""
        self._full = False
        if self.session.parked is None and not self._busy:
            self.proceed()

    def lost(self) -> None:
        """The peer is gone."""
        self._kernel.disconnect(self.session)

    def _send(self, reply: Reply) -> None:
        """Out of turn: a push, or the answer to a parked call.

        What a request of its own brings about stands behind the reply to it (networking.c,
        pending_push_messages).
        """
        if self._busy and not self._kernel.prepares:
            self._behind.append(reply)
            return
        if self.session.reply_mode == "on" or type(reply) is Push:
            write(self._out, reply, self.session.protocol)
        self._flush_out()

    def _flush_out(self) -> None:
        if self._out:
            data = b"".join(self._out)
            self._out.clear()
            session, limits = self.session, self._kernel.limits
            session.bytes_out += len(data)
            if (self._full or len(data) >= limits.least) and limits.exceeded(
                session, len(data) + session.unsent()
            ):
                if session.id in self._kernel.sessions:
                    limits.drop_slow(session)
                return
            self._flush(data)

    def _drop(self) -> None:
        self._flush_out()
        self.session.closing = True
        self._close()
