"""What is told of a performed call: MONITOR, the slow log, latency samples, tracking.

The kernel asks only for calls that took ``notable_ns`` or longer, so that nobody pays for it who
does not use it; while somebody monitors or tracks, that is every call.  Source: server.c (call),
slowlog.c, latency.c, replication.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.context import Context
from mock_backend.kernel.discretion import discreet
from mock_backend.kernel.session import Session
from mock_backend.replies import Reply, Simple
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

NEVER: Final = 2**62

_MOST_WORDS: Final = 32
_LONGEST_WORD: Final = 128
_HISTORY: Final = 160

_UNSHOWN: Final = frozenset(("admin", "skip_monitor"))

SCRIPT_CALLS: Final = frozenset("eval evalsha eval_ro evalsha_ro fcall fcall_ro".split())
"""Shown before they are performed, so that what they call stands behind them."""


@dataclass(frozen=True, slots=True)
class SlowCall:
    """One entry of SLOWLOG GET."""

    id: int
    at: int
    microseconds: int
    words: list[bytes]
    address: str
    name: bytes


class Observer:
    """Everybody who is told of performed calls."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slow_ns = NEVER
        self._latency_ns = NEVER
        self.notable_ns = NEVER
        self.slow_calls: deque[SlowCall] = deque()
        """The newest first."""
        self._slow_id = 0
        self.latencies: dict[bytes, deque[tuple[int, int]]] = {}
        """Per event, ``(Unix time, milliseconds)``, the oldest first."""
        self.worst: dict[bytes, int] = {}
        config = kernel.config
        for name in ("slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold"):
            config.heard_by(name, lambda value: kernel.observe())
        self.arrange()

    def arrange(self) -> None:
        """To be called whenever it changes what is worth telling."""
        config = self._kernel.config
        slower_than = config.number("slowlog-log-slower-than")
        threshold = config.number("latency-monitor-threshold")
        self._slow_ns = slower_than * 1_000 if slower_than >= 0 else NEVER
        self._latency_ns = threshold * 1_000_000 if threshold else NEVER
        self._trim()
        kernel = self._kernel
        everything = kernel.monitors or kernel.tracking or kernel.replication.tells
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
        if elapsed_ns >= self._slow_ns and "skip_slowlog" not in command.flags:
            self._log(session, words, elapsed_ns // 1_000)
        if elapsed_ns >= self._latency_ns and command.name != "exec":
            event = b"fast-command" if "fast" in command.flags else b"command"
            self.sample(event, elapsed_ns // 1_000_000)
        if kernel.monitors and not command.flags & _UNSHOWN:
            self.show(context, words)
        if kernel.tracking:
            kernel.tracking.performed(context, command, words)
        if kernel.replication.tells:
            kernel.replication.performed(context, command, words, reply)

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

    def _log(self, session: Session, words: Sequence[bytes], microseconds: int) -> None:
        profile = self._kernel.profile
        kept = [_shortened(word) for word in discreet(words[:_MOST_WORDS], profile)]
        if len(words) > _MOST_WORDS:
            kept[-1] = b"... (%d more arguments)" % (len(words) - _MOST_WORDS + 1)
        at = self._kernel.clock.now_ms() // 1_000
        self.slow_calls.appendleft(
            SlowCall(self._slow_id, at, microseconds, kept, session.address, session.name)
        )
        self._slow_id += 1
        self._trim()

    def _trim(self) -> None:
        most = self._kernel.config.number("slowlog-max-len")
        while len(self.slow_calls) > most:
            self.slow_calls.pop()

    def sample(self, event: bytes, milliseconds: int) -> None:
        """Remembers a latency spike; one sample per second, the worst of it."""
        now = self._kernel.clock.now_ms() // 1_000
        samples = self.latencies.setdefault(event, deque(maxlen=_HISTORY))
        self.worst[event] = max(self.worst.get(event, 0), milliseconds)
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


def _shortened(word: bytes) -> bytes:
    if len(word) <= _LONGEST_WORD:
        return word
    return word[:_LONGEST_WORD] + b"... (%d more bytes)" % (len(word) - _LONGEST_WORD)
