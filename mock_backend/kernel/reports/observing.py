"""What is told of a performed call: MONITOR, the slow log, latency samples, tracking.

The kernel asks only for calls that took ``notable_ns`` or longer, so that nobody pays for it who
does not use it; while somebody monitors or tracks, that is every call.  Source: server.c (call),
slowlog.c, latency.c, replication.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.context import Context
from mock_backend.kernel.reports.call_logs import CallLog
from mock_backend.kernel.reports.discretion import discreet
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import Block, Reply, Simple
from mock_backend.resp import writer
from mock_backend.resp.requests import encoded
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

NEVER: Final = 2**62

_LOGS_LENGTHS: Final = Since("valkey-8.1.0")
_HISTORY: Final = 160

_UNLOGGED: Final = frozenset(("skip_slowlog", "skip_commandlog"))
_UNSHOWN: Final = frozenset(("admin", "skip_monitor"))

SCRIPT_CALLS: Final = frozenset("eval evalsha eval_ro evalsha_ro fcall fcall_ro".split())
"""Shown before they are performed, so that what they call stands behind them."""


class Observer:
    """Everybody who is told of performed calls."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slow_ns = NEVER
        self._latency_ns = NEVER
        self.notable_ns = NEVER
        self._long_request = self._long_reply = -1
        self.slow = CallLog(kernel, "slowlog-log-slower-than", "slowlog-max-len")
        self.long_requests = CallLog(
            kernel, "commandlog-request-larger-than", "commandlog-large-request-max-len"
        )
        self.long_replies = CallLog(
            kernel, "commandlog-reply-larger-than", "commandlog-large-reply-max-len"
        )
        self._logs = [self.slow]
        if kernel.profile.has(_LOGS_LENGTHS):
            self._logs += [self.long_requests, self.long_replies]
        self.latencies: dict[bytes, deque[tuple[int, int]]] = {}
        """Per event, ``(Unix time, milliseconds)``, the oldest first."""
        self.worst: dict[bytes, int] = {}
        self.totals: dict[bytes, tuple[int, int]] = {}
        """Per event, the sum of all milliseconds and how often it happened."""
        config = kernel.config
        names = [name for log in self._logs for name in (log.threshold, log.most)]
        for name in (*names, "latency-monitor-threshold"):
            config.heard_by(name, lambda value: kernel.observe())
        self.hidden: Session | None = None
        """Whose call is not shown to a MONITOR, as it was held by a pause (since 7.2)."""
        self.arrange()

    def arrange(self) -> None:
        """To be called whenever it changes what is worth telling."""
        config = self._kernel.config
        slower_than = config.number(self.slow.threshold)
        if len(self._logs) > 1:
            self._long_request = config.number(self.long_requests.threshold)
            self._long_reply = config.number(self.long_replies.threshold)
        threshold = config.number("latency-monitor-threshold")
        self._slow_ns = slower_than * 1_000 if slower_than >= 0 else NEVER
        self._latency_ns = threshold * 1_000_000 if threshold else NEVER
        for log in self._logs:
            log.trim()
        kernel = self._kernel
        lengths = self._long_request >= 0 or self._long_reply >= 0
        everything = kernel.monitors or kernel.tracking or kernel.replication.tells or lengths
        self.notable_ns = 0 if everything else min(self._slow_ns, self._latency_ns)

    def note(
        self,
        context: Context,
        command: Command,
        words: Sequence[bytes],
        elapsed_ns: int,
        reply: Reply,
    ) -> None:
        """Tells of one performed call."""
        kernel = self._kernel
        session = context.session
        waits = type(reply) is Block
        if elapsed_ns >= self._slow_ns and not waits and not command.flags & _UNLOGGED:
            self.slow.keep(session, discreet(words, kernel.profile), elapsed_ns // 1_000)
        if self._long_request >= 0 or self._long_reply >= 0:
            self._log_long(session, words, reply)
        if elapsed_ns >= self._latency_ns and command.name != "exec":
            event = b"fast-command" if "fast" in command.flags else b"command"
            self.sample(event, elapsed_ns // 1_000_000)
        if kernel.monitors and not command.flags & _UNSHOWN and self._is_new(context):
            self.show(context, words)
        if kernel.tracking:
            kernel.tracking.performed(context, command, words)
        if kernel.replication.tells:
            kernel.replication.performed(context, command, words, reply)

    def _is_new(self, context: Context) -> bool:
        """Whether the call was not shown, or hidden, when it came: it has not waited."""
        session = context.session
        return session.parked is None and (session is not self.hidden or context.atomic)

    def show(self, context: Context, words: Sequence[bytes]) -> None:
        """Sends the call to every MONITOR."""
        seconds, microseconds = divmod(self._kernel.clock.now_us(), 1_000_000)
        source = "lua" if context.session.is_script else context.session.address
        shown = b" ".join(quoted(word) for word in discreet(words, self._kernel.profile))
        line = b"%d.%06d [%d %b] %b" % (
            seconds,
            microseconds,
            context.db.number,
            source.encode(),
            shown,
        )
        for session in list(self._kernel.monitors):
            session.send(Simple(line))

    def _log_long(self, session: Session, words: Sequence[bytes], reply: Reply) -> None:
        asked = len(encoded(words))
        if 0 <= self._long_request <= asked:
            self.long_requests.keep(session, discreet(words, self._kernel.profile), asked)
        answered = sum(map(len, self._pieces(reply, session)))
        if 0 <= self._long_reply <= answered:
            self.long_replies.keep(session, discreet(words, self._kernel.profile), answered)

    def _pieces(self, reply: Reply, session: Session) -> list[bytes]:
        pieces = writer.pieces(self._kernel.profile)
        if type(reply) is not Block:
            writer.write(pieces, reply, session.protocol)
        return pieces

    def sample(self, event: bytes, milliseconds: int) -> None:
        """Remembers a latency spike; one sample per second, the worst of it."""
        now = self._kernel.clock.now_ms() // 1_000
        samples = self.latencies.setdefault(event, deque(maxlen=_HISTORY))
        self.worst[event] = max(self.worst.get(event, 0), milliseconds)
        total, count = self.totals.get(event, (0, 0))
        self.totals[event] = total + milliseconds, count + 1
        if samples and samples[-1][0] == now:
            samples[-1] = now, max(samples[-1][1], milliseconds)
        else:
            samples.append((now, milliseconds))


def quoted(word: bytes) -> bytes:
    """``"..."`` with escapes (sds.c, sdscatrepr)."""
    return b'"' + b"".join(_REPRESENTATION[byte] for byte in word) + b'"'


def _represented(byte: int) -> bytes:
    if byte in b'\\"':
        return b"\\" + bytes((byte,))
    if 32 <= byte < 127:
        return bytes((byte,))
    return {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 13: b"\\r"}.get(byte, b"\\x%02x" % byte)


_REPRESENTATION: Final = tuple(_represented(byte) for byte in range(256))
