"""Client-side caching: who read which key, and who wants to hear that it has changed.

A client in default mode is told once of each key that it has read; a broadcasting one of every key
with one of its prefixes.  Own changes are told behind the reply.  Source: tracking.c.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.replies import Push, ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

CHANNEL: Final = b"__redis__:invalidate"


@dataclass(slots=True)
class Choices:
    """What a session said in CLIENT TRACKING ON."""

    redirect: int = 0
    """The session that is told instead; 0: itself."""
    broadcast: bool = False
    opt_in: bool = False
    opt_out: bool = False
    no_loop: bool = False
    prefixes: list[bytes] = field(default_factory=list)
    caching: bool | None = None
    """What CLIENT CACHING said of the next command."""
    broken: bool = False
    """The session that was to be told is gone."""


class Tracking:
    """The tracking sessions of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        kernel.config.heard_by("tracking-table-max-keys", lambda value: kernel.later(self.shrink))
        self.sessions: dict[Session, Choices] = {}
        self.readers: dict[bytes, dict[Session, None]] = {}
        """Per key, who read it since it last changed; one table for all databases."""
        self._pending: list[tuple[Session, list[bytes] | None]] = []
        self._announced: dict[bytes, dict[Session, dict[bytes, None]]] = {}
        self._telling = False
        """Whether something waits to be told behind the reply of the running command."""

    def __bool__(self) -> bool:
        return bool(self.sessions)

    def begin(self, session: Session, choices: Choices) -> None:
        """``session`` wants to hear of changes."""
        self.sessions[session] = choices
        self._kernel.listen()
        self._kernel.observe()

    def end(self, session: Session) -> None:
        """``session`` wants to hear no more, or is gone."""
        if self.sessions.pop(session, None) is None:
            return
        for key in [key for key, readers in self.readers.items() if session in readers]:
            self.readers[key].pop(session)
            if not self.readers[key]:
                del self.readers[key]
        for listeners in self._announced.values():
            listeners.pop(session, None)
        self._kernel.listen()
        self._kernel.observe()

    @property
    def items(self) -> int:
        """How many pairs of key and reader are remembered."""
        return sum(len(readers) for readers in self.readers.values())

    @property
    def prefixes(self) -> int:
        """How many different prefixes are broadcast."""
        return len({prefix for choices in self.sessions.values() for prefix in choices.prefixes})

    def performed(self, context: Context, command: Command, words: Sequence[bytes]) -> None:
        """Remembers what ``context``'s client has just read."""
        session = context.session.caller
        choices = self.sessions.get(session)
        if choices is None:
            return
        reads = "readonly" in command.flags and command.group != "scripting"
        if reads and self._wanted(choices):
            for key in _keys(command, words):
                self.readers.setdefault(key, {})[session] = None
            if len(self.readers) > self._kernel.config.number("tracking-table-max-keys"):
                self._kernel.later(self.shrink)
        if not context.atomic and not command.name.startswith("client|") and session.queue is None:
            choices.caching = None

    def _wanted(self, choices: Choices) -> bool:
        if choices.broadcast:
            return False
        if choices.opt_in:
            return choices.caching is True
        return not (choices.opt_out and choices.caching is False)

    def changed(self, key: bytes) -> None:
        """A key has changed, expired or gone."""
        current = self._kernel.current
        for session, choices in self.sessions.items():
            if not choices.broadcast or (choices.no_loop and session is current):
                continue
            for prefix in choices.prefixes:
                if key.startswith(prefix):
                    listeners = self._announced.setdefault(prefix, {})
                    listeners.setdefault(session, {})[key] = None
                    self._tell_later()
        for session in self.readers.pop(key, ()):
            choices = self.sessions[session]
            if session is not current:
                self._tell(session, choices, [key])
            elif not choices.no_loop:
                self._pending.append((session, [key]))
                self._tell_later()

    def shrink(self) -> None:
        """Forgets keys, whichever they are, until no more than ``tracking-table-max-keys`` are
        remembered; their readers hear that they have changed.
        """
        most = self._kernel.config.number("tracking-table-max-keys") or len(self.readers)
        while len(self.readers) > most:
            key = random.choice(list(self.readers))
            for session in self.readers.pop(key):
                self._tell(session, self.sessions[session], [key])

    def flushed(self) -> None:
        """Every key is gone: one message that names none."""
        self.readers.clear()
        for session, choices in list(self.sessions.items()):
            if session is not self._kernel.current:
                self._tell(session, choices, None)
            else:
                self._pending.append((session, None))
                self._tell_later()

    def _tell_later(self) -> None:
        if not self._telling:
            self._telling = True
            self._kernel.later(self._tell_all)

    def _tell_all(self) -> None:
        """Sends what had to wait for the reply of the running command."""
        self._telling = False
        pending, self._pending = self._pending, []
        announced, self._announced = self._announced, {}
        for session, keys in pending:
            if session in self.sessions:
                self._tell(session, self.sessions[session], keys)
        for _, listeners in sorted(announced.items()):
            for session, names in listeners.items():
                if session in self.sessions:
                    self._tell(session, self.sessions[session], sorted(names))

    def _tell(self, session: Session, choices: Choices, keys: list[bytes] | None) -> None:
        target = session
        if choices.redirect:
            found = self._kernel.sessions.get(choices.redirect)
            if found is None:
                choices.broken = True
                if session.protocol == 3:
                    session.send(Push([b"tracking-redir-broken", choices.redirect]))
                return
            target = found
        if target.protocol == 3:
            target.send(Push([b"invalidate", keys]))
        elif choices.redirect and target.is_subscribed:
            target.send(Push([b"message", CHANNEL, keys]))


def _keys(command: Command, words: Sequence[bytes]) -> Sequence[bytes]:
    """What was read; nothing, if the words do not fit and the command has said so."""
    try:
        return command.keys(words)
    except (ReplyError, ValueError, IndexError):
        return ()
