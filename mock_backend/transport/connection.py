"""One client's bytes, both ways, without a socket: requests are read, performed in order, replies
are gathered.

A parked client reads no further: requests behind a blocking call wait until it has been answered.
``flush`` is given what was said in one turn as one piece of bytes.  Whoever was told something
meanwhile hears of it first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mock_backend import errors
from mock_backend.errors import protected_mode
from mock_backend.kernel import protection
from mock_backend.kernel.kernel import Kernel
from mock_backend.kernel.session import Session
from mock_backend.replies import Block, Many, Push, Reply, ReplyError, Simple
from mock_backend.resp.reader import MAX_BULK, ProtocolError, RequestReader
from mock_backend.resp.writer import BULK, CRLF, NULL, SHORT, pieces, pushed, write

TURN: Final = 16 * 1024
"""Bytes that are read from one client before the others have their turn (server.h,
PROTO_IOBUF_LEN).
"""
LARGE: Final = 64 * 1024
MANY: Final = 2048
"""A reply of so many bytes, or so many pieces of replies, leave at once: a long pipeline does not
gather its answers in memory.
"""


class Connection:
    """A session and its bytes."""

    __slots__ = (
        "_abort _behind _close _flush _full _gathered _kernel _limits _out _pause _reader"
        " _swollen _told busy session"
    ).split()

    def __init__(
        self,
        kernel: Kernel,
        *,
        flush: Callable[[bytes], None],
        close: Callable[[], None],
        abort: Callable[[], None] | None = None,
        unsent: Callable[[], int] = lambda: 0,
        pause: Callable[[bool], None] = lambda paused: None,
        address: str = "",
        local_address: str = "",
    ) -> None:
        self._kernel = kernel
        self._limits = kernel.limits
        self._flush = flush
        self._close = close
        self._abort = abort or close
        self._pause = pause
        self._reader = RequestReader(lambda: kernel.acl.is_stranger(self.session))
        self._out = pieces(kernel.profile)
        self._behind: list[Reply] = []
        self.busy = False
        """Whether a request of its own is being performed."""
        self._gathered = 0
        """Bytes among what was said out of turn."""
        self._told = False
        """Whether the kernel knows that there is some."""
        self._swollen = False
        """Whether the peer does not take its replies as fast as they come."""
        self._full = False
        """Whether so many wait for it that nothing more is performed until it takes them."""
        self.session: Session = kernel.connect(address=address, local_address=local_address)
        self.session.send = self._send
        self.session.wake = self.proceed
        self.session.drop = self._drop
        self.session.abandon = self._abandon
        self.session.flush = self._flush_told
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
        session, kernel, reader = self.session, self._kernel, self._reader
        size = len(data)
        session.bytes_in += size
        if kernel.longest_string != MAX_BULK or not session.authenticated:
            reader.feed_strictly(data, kernel.longest_string)
        elif session.parked is not None or self.busy or self._full:
            reader.feed(data)
        elif (words := reader.only_request(data)) is not None:  # most of what comes is just that
            session.last_read = session.unread + size
            session.unread = 0
            self._perform_alone(words)
            return
        else:
            reader.feed(data)
        calls = session.calls
        if session.parked is None and not self.busy:
            self.proceed()
        if session.calls != calls or reader.is_idle:
            session.last_read = session.unread + size
            session.unread = 0
        else:
            session.unread += size
            if session.unread > kernel.limits.query:
                kernel.limits.drop_long(session)

    def proceed(self) -> None:
        """Performs what has been read, until there is nothing more or the session is parked;
        flushes the replies.
        """
        self.busy = True
        try:
            self._go_through()
        except ProtocolError as error:
            if self.session.reply_mode == "on":
                write(self._out, errors.err(f"Protocol error: {error}"), self.session.protocol)
            self.session.closing = True
        except Exception as error:
            self._break_off(error)
        finally:
            self.busy = False
        self._end_turn()

    def _perform_alone(self, words: list[bytes]) -> None:
        """Performs the only request of a turn, and flushes the reply: without detours, if it is a
        simple one, and nobody is told anything else.
        """
        session, kernel = self.session, self._kernel
        self.busy = True
        data = None
        try:
            reply = kernel.entrance(session, words)
            kind = type(reply)
            if session.gated or self._behind or kind is Block:
                self._say((reply,))
            elif (
                session.closing
                or self._out
                or self._swollen
                or kernel.telling.told
                or kernel.put_off
            ):
                write(self._out, reply, session.protocol)
            elif kind is int:
                data = b":%d\r\n" % reply
            elif kind is Simple:
                data = reply.wire
            elif kind is bytes and len(reply) < SHORT:
                data = BULK[len(reply)] + reply + CRLF
            elif reply is None:
                data = NULL[session.protocol]
            else:
                write(self._out, reply, session.protocol)
        except Exception as error:
            self._break_off(error)
        finally:
            self.busy = False
        if data is not None:
            size = len(data)
            if size < self._limits.least:
                session.bytes_out += size
                self._flush(data)
                return
            self._out.append(data)
        self._end_turn()

    def _break_off(self, error: Exception) -> None:
        """A handler's reply means nothing, and half of it may be written: the session ends."""
        write(self._out, self._kernel.bug(error), self.session.protocol)
        self.session.closing = True

    def _end_turn(self) -> None:
        """What was performed has been answered: the replies leave, and what was put off is done."""
        session, kernel = self.session, self._kernel
        if session.closing:
            # the server closes once it has written: a client that is told nothing stays (QUIT
            # while CLIENT REPLY is OFF)
            if self._out or session.unsent():
                self._flush_turn()
                self._drop()
        else:
            if kernel.telling.told:
                kernel.telling.end()
            self._flush_out()
        if kernel.put_off:
            kernel.run_later()

    def _go_through(self) -> None:
        """Performs what has been read.  Errors: ``ProtocolError``."""
        session, kernel, reader = self.session, self._kernel, self._reader
        ready = reader.ready
        while session.parked is None and not session.closing and not self._full:
            if len(ready) > 1:
                self._say(kernel.entrance_of_rows(session, ready))
            elif ready:
                self._say((kernel.entrance(session, ready.popleft()),))
            elif reader.behind is None or (words := reader.next()) is None:
                break
            elif words:
                self._say((kernel.entrance(session, words),))
            else:
                session.hush()  # a request like any other to CLIENT REPLY SKIP

    def _say(self, replies: Sequence[Reply]) -> None:
        """Writes the replies to what was performed, and what that has told the client besides."""
        session, out = self.session, self._out
        if session.reply_mode != "on":
            self._silence(replies)
        else:
            for reply in replies:
                kind = type(reply)
                if kind is bytes:
                    size = len(reply)
                    if size < SHORT:
                        out += (BULK[size], reply, CRLF)
                    else:
                        out.append(b"$%d\r\n%b\r\n" % (size, reply))
                        if size > LARGE:
                            self._flush_turn()
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
            self._flush_turn()

    def _silence(self, replies: Sequence[Reply]) -> None:
        """The client wants no replies; of subscriptions it is told anyway."""
        for reply in replies:
            if type(reply) is not Block:  # a call that waits is silenced once it is answered
                self.session.hush()
            if type(reply) is Push or type(reply) is Many:
                write(self._out, reply, self.session.protocol)

    @property
    def in_long_value(self) -> bool:
        """Whether much of an unfinished request has come already."""
        return self.session.unread >= TURN and self._reader.in_value

    def hold(self) -> None:
        """Replies wait for the peer to take them."""
        self._swollen = True
        self._look()

    def go_on(self) -> None:
        """The peer takes its replies again."""
        self._swollen = False
        if self._full:
            self._full = False
            self._pause(False)
            if self.session.parked is None and not self.busy:
                self.proceed()

    def _look(self) -> None:
        """Hears the peer no further, if too much waits for it."""
        session = self.session
        if not self._full and session.unsent() >= self._kernel.limits.patience(session):
            self._full = True
            self._pause(True)

    def lost(self) -> None:
        """The peer is gone."""
        self._kernel.disconnect(self.session)

    def _send(self, reply: Reply) -> None:
        """Out of turn: a push, or the answer to a parked call.

        What a request of its own brings about stands behind the reply to it (networking.c,
        pending_push_messages).
        """
        kernel, out = self._kernel, self._out
        if self.busy:
            if not kernel.prepares:
                self._behind.append(reply)
            elif self.session.reply_mode == "on" or type(reply) is Push:
                write(out, reply, self.session.protocol)
            return
        if type(reply) is Push:
            data = pushed(reply, self.session.protocol)
            out.append(data)
            self._gathered += len(data)
        elif self.session.reply_mode == "on":
            before = len(out)
            write(out, reply, self.session.protocol)
            self._gathered += sum(map(len, out[before:]))
        if self._gathered > LARGE or len(out) > MANY:
            self._flush_out()
        elif not self._told:
            self._told = True
            kernel.telling.add(self.session)

    def _flush_turn(self) -> None:
        """Sends what was said; first to those who hear of it, then the replies to who said it."""
        if self._kernel.telling.told:
            self._kernel.telling.end()
        self._flush_out()

    def _flush_told(self) -> None:
        """The turn is over in which something was said out of turn."""
        self._told = False
        self._flush_out()

    def _flush_out(self) -> None:
        out = self._out
        if not out:
            return
        data = b"".join(out)
        out.clear()
        self._gathered = 0
        session, limits, size = self.session, self._limits, len(data)
        session.bytes_out += size
        if not self._swollen and size < limits.least:
            self._flush(data)
        elif not limits.exceeded(session, size + session.unsent()):
            self._flush(data)
            if self._swollen:
                self._look()
        elif session.id in self._kernel.sessions:
            limits.drop_slow(session)

    def _abandon(self) -> None:
        """Ends the connection with everything that has not been sent."""
        self._out.clear()
        self._behind.clear()
        self._abort()

    def _drop(self) -> None:
        self._flush_out()
        self.session.closing = True
        self._close()
