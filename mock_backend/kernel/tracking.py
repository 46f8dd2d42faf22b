"""Client-side caching: who read which key, and who wants to hear that it has changed.

A client in default mode is told once of each key that it has read, at once, or behind its own
reply; a broadcasting one, at the end of the turn, of every key with one of its prefixes.  What a
client has read is remembered by its number until it changes, whether the client still tracks or
not.  Source: tracking.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import Push, Raw, Reply, ReplyError
from mock_backend.schema.command import Command
from mock_backend.store.indexed import IndexedDict

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

CHANNEL: Final = b"__redis__:invalidate"

_KEEPS_TO_THE_CALL: Final = Since("7.2.0")
"""What a script reads is what it calls for; before, it was what the script had declared. A call
that has waited is performed as one; before, only its outcome was handed over.
"""

_BY_ITSELF: Final = frozenset(("expired", "evicted"))
"""No client has done these."""

_EVERYTHING: Final = {2: Raw(b"$-1\r\n"), 3: Raw(b"_\r\n")}
"""Named in place of keys once all are gone: in the words of who tracks, whoever hears it."""


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
    """In order."""
    caching: bool = False
    """CLIENT CACHING was said: the next command is an exception."""
    broken: bool = False
    """The session that was to be told is gone."""


class Tracking:
    """The tracking sessions of one kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        kernel.config.heard_by("tracking-table-max-keys", self._new_limit)
        self._most = kernel.config.number("tracking-table-max-keys")
        self._by_call = kernel.profile.has(_KEEPS_TO_THE_CALL)
        self.sessions: dict[Session, Choices] = {}
        self.readers: dict[bytes, set[int]] = {}
        """Per key, the numbers of who read it since it last changed; one table for all databases.
        """
        self.items = 0
        """How many pairs of key and reader are remembered."""
        self.prefixes: dict[bytes, dict[Session, None]] = {}
        """Who wants to hear of all keys that begin so."""
        self._lengths: list[int] = []
        """The lengths that prefixes have: a key has one beginning of each."""
        self._announced: dict[bytes, dict[bytes, Session | None]] = {}
        """Per prefix the keys that have changed in this turn, and who changed them last."""
        self._announcing = False
        """Whether that is to be told later: only once, as it lets everything else go first."""
        self._pending: list[tuple[Choices, bytes | None]] = []
        """What the session whose call is performed is told behind the reply, as it had chosen."""

    def __bool__(self) -> bool:
        return bool(self.sessions)

    @property
    def listens(self) -> bool:
        """Whether changes have to be known."""
        return bool(self.sessions or self.readers)

    def _new_limit(self, _text: str) -> None:
        self._most = self._kernel.config.number("tracking-table-max-keys")
        self._kernel.later(self._shrink)

    def begin(self, session: Session, choices: Choices) -> None:
        """``session`` wants to hear of changes."""
        self.sessions[session] = choices
        for prefix in choices.prefixes:
            self.prefixes.setdefault(prefix, {})[session] = None
        self._measure()
        self._kernel.listen()
        self._kernel.observe()

    def end(self, session: Session) -> None:
        """``session`` wants to hear no more, or is gone."""
        choices = self.sessions.pop(session, None)
        if choices is None:
            return
        if self._pending and session is self._kernel.current:  # in the midst of its transaction
            self.tell_own(session)
        for prefix in choices.prefixes:
            listeners = self.prefixes[prefix]
            del listeners[session]
            if not listeners:
                del self.prefixes[prefix]
                self._announced.pop(prefix, None)
        self._measure()
        self._kernel.listen()
        self._kernel.observe()

    def _measure(self) -> None:
        self._lengths = sorted({len(prefix) for prefix in self.prefixes})

    def performed(self, context: Context, command: Command, words: Sequence[bytes]) -> None:
        """Remembers what ``context``'s client has just read; tells it, at the end of its own call,
        what it has changed.
        """
        session = context.session.caller
        choices = self.sessions.get(session)
        if choices is not None:
            if "readonly" in command.flags and self._wants(choices):
                self._remember(context, command, words)
            if not context.atomic:
                self._forget_exception(session, choices, command.name)
        if self._pending and not context.atomic and session.parked is None:
            self.tell_own(session)

    def refused(self, session: Session, command: Command | None) -> None:
        """A call was refused: it was the next command all the same."""
        if (choices := self.sessions.get(session)) is not None:
            self._forget_exception(session, choices, command.name if command else "")

    def _forget_exception(self, session: Session, choices: Choices, name: str) -> None:
        if choices.caching and session.queue is None and not name.startswith("client|"):
            choices.caching = False

    def _wants(self, choices: Choices) -> bool:
        if choices.broadcast:
            return False
        return choices.caching if choices.opt_in else not (choices.opt_out and choices.caching)

    def _remember(self, context: Context, command: Command, words: Sequence[bytes]) -> None:
        session = context.session
        if command.group == "scripting" or (session.parked is not None and not self._by_call):
            return
        run = self._kernel.scripts.running
        declared = run is not None and session.is_script and not self._by_call
        keys = run.keys if run is not None and declared else _keys(command, words)
        number = session.caller.id
        for key in keys:
            readers = self.readers.setdefault(key, set())
            if number not in readers:
                readers.add(number)
                self.items += 1
        if self._most and len(self.readers) > self._most:
            self._kernel.later(self._shrink)

    def changed(self, key: bytes, event: str) -> None:
        """A key has changed, expired or gone."""
        kernel = self._kernel
        current = kernel.current
        for length in self._lengths:
            prefix = key[:length]
            if prefix in self.prefixes and len(key) >= length:
                if not self._announcing:
                    self._announcing = True
                    kernel.later(self._announce)
                # a script is nobody: its caller hears of what it changes
                apart = event in _BY_ITSELF or kernel.scripts.running is not None
                changes = self._announced.setdefault(prefix, {})
                served = not self._by_call and current is not None and current.parked is not None
                if not (served and key in changes):  # who serves has done it, of old
                    changes[key] = None if apart else current
        if key in self.readers:
            self._invalidate(key, current)

    def _invalidate(self, key: bytes, current: Session | None) -> None:
        readers = self.readers.pop(key)
        self.items -= len(readers)
        sessions = self._kernel.sessions
        for number in sorted(readers):
            session = sessions.get(number)
            choices = self.sessions.get(session) if session is not None else None
            if session is None or choices is None or choices.broadcast:
                continue
            if session is not current:
                self._tell_at_once(session, choices, [key])
            elif not choices.no_loop:
                self._pending.append((choices, key))

    def _shrink(self) -> None:
        """Forgets keys, whichever they are, until no more than ``tracking-table-max-keys`` are
        remembered; their readers hear that they have changed.
        """
        if not 0 < self._most < len(self.readers):
            return
        if not isinstance(self.readers, IndexedDict):
            self.readers = IndexedDict(self.readers)
        while len(self.readers) > self._most:
            self._invalidate(self.readers.draw(), None)

    def flushed(self) -> None:
        """Every key is gone: one message that names none."""
        self.readers = {}
        self.items = 0
        current = self._kernel.current
        for session, choices in sorted(self.sessions.items(), key=lambda item: item[0].id):
            if session is current:
                self._pending.append((choices, None))
            else:
                self._tell_at_once(session, choices, _EVERYTHING[session.protocol])

    def tell_own(self, session: Session) -> None:
        """The call of ``session`` has ended: tells it what had to wait for that."""
        pending, self._pending = self._pending, []
        for choices, key in pending:
            self._tell(session, choices, _EVERYTHING[session.protocol] if key is None else [key])

    def _announce(self) -> None:
        """Tells of all that was changed in this turn, in the order of prefixes and keys."""
        if self._kernel.put_off:  # who was woken goes on in the same turn
            self._kernel.later(self._announce)
            return
        self._announcing = False
        announced, self._announced = self._announced, {}
        for prefix, changes in sorted(announced.items()):
            keys = sorted(changes)
            own = set(changes.values())
            for session in list(self.prefixes.get(prefix, ())):
                choices = self.sessions[session]
                told = keys
                if choices.no_loop and session in own:
                    told = [key for key in keys if changes[key] is not session]
                if told:
                    self._tell(session, choices, told)

    def _tell_at_once(self, session: Session, choices: Choices, keys: Reply) -> None:
        """Tells somebody else; if it is whoever changes the key that hears it, of old before the
        reply (but EXEC's came apart).
        """
        kernel = self._kernel
        current = kernel.current
        if self._by_call or current is None or current.context.atomic:
            self._tell(session, choices, keys)
            return
        before, kernel.prepares = kernel.prepares, True
        self._tell(session, choices, keys)
        kernel.prepares = before

    def _tell(self, session: Session, choices: Choices, keys: Reply) -> None:
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
