"""The parameters of CONFIG GET and SET: typed, checked, and heard by whoever they concern.

Values are kept as CONFIG GET prints them.  ``set`` checks everything before it changes anything.
What there is stands in parameters.py, what a value may be in rules.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mock_backend import errors
from mock_backend.kernel.configuration.parameters import DIFFERENT, TABLE
from mock_backend.kernel.configuration.rules import Check, Refused, check_for, output_limits
from mock_backend.profile import DEFAULT, Marked, Profile
from mock_backend.replies import ReplyError
from mock_backend.store.glob import matches

_FIXED: Final = {
    "fixed": "can't set immutable config",
    "protected": "can't set protected config",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    name: str
    """The first spelling of all, by which this server's own code asks for it."""
    names: tuple[str, ...]
    """All spellings that the server has; none, if it does not have the parameter."""
    kind: str
    """As parameters.py writes it: ``yesno``, ``memory:0:long``."""
    check: Check
    default: str
    hidden: bool
    """Whether no pattern finds it."""
    fixed: str
    """Why it can never be set; empty if it can."""


class Config:
    """The parameters of one server."""

    def __init__(self, profile: Profile = DEFAULT) -> None:
        known = self._known = parameters(profile)
        self._by_name = {name: each for each in known for name in each.names}
        self.values = {each.name: each.default for each in known}
        """By the first spelling, whether this server has it or not."""
        self.listeners: dict[str, list[Callable[[str], None]]] = {}
        self._appliers: dict[str, Callable[[], None]] = {}
        self.file = ""
        """The path of the file that the server was started with."""
        self.rewrite: Callable[[bool], None] | None = None
        """Writes the file that the server was started with, with what differs from the defaults or
        with everything.  Errors: ``OSError``.
        """

    def text(self, name: str) -> str:
        """The value as CONFIG GET prints it."""
        return self.values[name]

    def number(self, name: str) -> int:
        """The value of an ``int`` or ``memory`` parameter."""
        return int(self.values[name])

    def flag(self, name: str) -> bool:
        """Whether a ``yesno`` parameter says yes."""
        return self.values[name] == "yes"

    def heard_by(self, name: str, listener: Callable[[str], None]) -> None:
        """``listener`` is told, in the words of CONFIG SET, whenever ``name`` is set."""
        self.listeners.setdefault(name, []).append(listener)

    def applied_by(self, name: str, apply: Callable[[], None]) -> None:
        """``apply`` is called when ``name`` has changed; if it raises ``Refused``, all that was set
        at the same time is taken back.
        """
        self._appliers[name] = apply

    def state(self, name: str, value: object) -> None:
        """Sets what only the process itself knows (``port``); nobody is told."""
        self.values[name] = str(value)

    def start(self, name: str, value: str) -> None:
        """Sets what the server is started with, also what cannot be set any more once it runs.

        Errors: ``ValueError`` for a parameter that there is not or a value it does not take.
        """
        parameter = self._by_name.get(name)
        if parameter is None:
            raise ValueError("Bad directive or wrong number of arguments")
        if parameter.name == "client-output-buffer-limit":
            self.values[parameter.name] = output_limits(self.values[parameter.name], value)
        else:
            self.values[parameter.name] = parameter.check(value)
        for listener in self.listeners.get(parameter.name, ()):
            listener(value)

    def has(self, name: str) -> bool:
        """Whether this server has a parameter of this name."""
        return name in self._by_name

    def first_spelling(self, name: str) -> str:
        """The name by which this server's own code asks for ``name``; ``name`` if it is none."""
        parameter = self._by_name.get(name)
        return parameter.name if parameter is not None else name

    def stated(self) -> Iterator[tuple[str, str, str, str]]:
        """First spelling, this server's own, kind and value of each parameter that it has."""
        for each in self._known:
            if each.names:
                yield each.name, each.names[0], each.kind, self.values[each.name]

    def defaults(self) -> dict[str, str]:
        """The value of each parameter, had nobody said anything."""
        return {each.name: each.default for each in self._known}

    def get(self, patterns: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """``(name, value)`` of whatever a glob matches; a plain name is echoed as it was asked."""
        found: dict[bytes, bytes] = {}
        for pattern in patterns:
            plain = pattern.lower()
            if not any(letter in plain for letter in b"*?["):
                parameter = self._by_name.get(plain.decode("utf-8", "replace"))
                if parameter is not None:
                    found[pattern] = self.values[parameter.name].encode("utf-8", "surrogateescape")
                continue
            for name, parameter in self._by_name.items():
                if not parameter.hidden and matches(plain, name.encode()):
                    value = self.values[parameter.name]
                    found[name.encode()] = value.encode("utf-8", "surrogateescape")
        return list(found.items())

    def set(self, pairs: Sequence[tuple[bytes, bytes]], *, also_protected: bool = False) -> None:
        """Sets all or none.  Errors: ERR, naming the parameter and what is wrong with its value."""
        wanted: dict[str, tuple[str, Parameter, str]] = {}
        for name_word, value_word in pairs:
            name = name_word.decode("utf-8", "surrogateescape")
            parameter = self._by_name.get(name.lower())
            if parameter is None:
                shown = errors.echo(name_word)
                raise errors.err(
                    f"Unknown option or number of arguments for CONFIG SET - '{shown}'"
                )
            if parameter.fixed and not (also_protected and parameter.kind == "protected"):
                raise _failed(name, Refused(parameter.fixed))
            if parameter.name in wanted:
                raise _failed(name, Refused("duplicate parameter"))
            wanted[parameter.name] = (
                name.lower(),
                parameter,
                value_word.decode("utf-8", "surrogateescape"),
            )
        checked: dict[str, str] = {}
        for name, (spelling, parameter, value) in wanted.items():
            try:
                if name == "client-output-buffer-limit":
                    checked[name] = output_limits(self.values[name], value)
                else:
                    checked[name] = parameter.check(value)
            except Refused as refused:
                raise _failed(spelling, refused) from None
        before = {name: self.values[name] for name in checked}
        self.values.update(checked)
        self._apply(before)
        for name, (_, _, given) in wanted.items():
            for listener in self.listeners.get(name, ()):
                listener(given)

    def _apply(self, before: Mapping[str, str]) -> None:
        """Does what the new values ask for, or goes back to those ``before``."""
        done: list[str] = []
        for name, old in before.items():
            if name not in self._appliers or (old == self.values[name] and name != "bind"):
                continue
            done.append(name)
            try:
                self._appliers[name]()
            except Refused as refused:
                self.values.update(before)
                for each in done:
                    with suppress(Refused):  # what was there may be gone by now
                        self._appliers[each]()
                raise _failed(name, refused) from None


def _failed(name: str, refused: Refused) -> ReplyError:
    return errors.err(f"CONFIG SET failed (possibly related to argument '{name}') - {refused}")


@functools.cache
def parameters(profile: Profile) -> tuple[Parameter, ...]:
    """Every parameter there is, as that server has it."""
    different: dict[str, str] = {}
    for line in DIFFERENT.strip().splitlines():
        when, _, rest = line.partition(" ")
        if Marked.read("@" + when).there(profile):
            different[rest.partition(" ")[0]] = rest.partition(" ")[2]
    return tuple(_read(line, different, profile) for line in TABLE.strip().splitlines())


def _read(line: str, different: Mapping[str, str], profile: Profile) -> Parameter:
    marked, _, rest = line.partition(" ")
    spellings = [Marked.read(spelling) for spelling in marked.split("/")]
    name = spellings[0].name.lstrip(".")
    kind, _, default = different.get(name, rest).partition(" ")
    return Parameter(
        name,
        tuple(each.name.lstrip(".") for each in spellings if each.there(profile)),
        kind,
        check_for(name, kind),
        default,
        marked.startswith("."),
        _FIXED.get(kind, ""),
    )
