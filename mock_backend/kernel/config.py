"""The parameters of CONFIG GET and SET: typed, checked, and heard by whoever they concern.

Values are kept as CONFIG GET prints them.  ``set`` checks everything before it changes anything.
What there is stands in parameters.py, what a value may be in config_rules.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mock_backend import errors
from mock_backend.kernel.config_rules import Check, Refused, check_for, output_limits
from mock_backend.kernel.parameters import TABLE
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
    names: tuple[str, ...]
    """All spellings, the first is ``name``."""
    check: Check
    default: str
    fixed: str
    """Why it can never be set; empty if it can."""


@dataclass(slots=True)
class Config:
    """The parameters of one server."""

    values: dict[str, str] = field(
        default_factory=lambda: {each.name: each.default for each in PARAMETERS}
    )
    listeners: dict[str, list[Callable[[str], None]]] = field(default_factory=dict)

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

    def state(self, name: str, value: object) -> None:
        """Sets what only the process itself knows (``port``); nobody is told."""
        self.values[name] = str(value)

    def get(self, patterns: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """``(name, value)`` of whatever a glob matches; a plain name is echoed as it was asked."""
        found: dict[bytes, bytes] = {}
        for pattern in patterns:
            plain = pattern.lower()
            if not any(letter in plain for letter in b"*?["):
                parameter = _BY_NAME.get(plain.decode("utf-8", "replace"))
                if parameter is not None:
                    found[pattern] = self.values[parameter.name].encode("utf-8", "surrogateescape")
                continue
            for name, parameter in _BY_NAME.items():
                if matches(plain, name.encode()):
                    value = self.values[parameter.name]
                    found[name.encode()] = value.encode("utf-8", "surrogateescape")
        return list(found.items())

    def set(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Sets all or none.  Errors: ERR, naming the parameter and what is wrong with its value."""
        wanted: dict[str, tuple[str, Parameter, str]] = {}
        for name_word, value_word in pairs:
            name = name_word.decode("utf-8", "surrogateescape")
            parameter = _BY_NAME.get(name.lower())
            if parameter is None:
                shown = errors.echo(name_word)
                raise errors.err(
                    f"Unknown option or number of arguments for CONFIG SET - '{shown}'"
                )
            if parameter.fixed:
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
        self.values.update(checked)
        for name, (_, _, given) in wanted.items():
            for listener in self.listeners.get(name, ()):
                listener(given)


def _failed(name: str, refused: Refused) -> ReplyError:
    return errors.err(f"CONFIG SET failed (possibly related to argument '{name}') - {refused}")


def _read(line: str) -> Parameter:
    names, kind, *default = line.split(" ", 2)
    spellings = tuple(names.split("/"))
    name = spellings[0]
    value = default[0] if default else ""
    return Parameter(name, spellings, check_for(name, kind), value, _FIXED.get(kind, ""))


PARAMETERS: Final[tuple[Parameter, ...]] = tuple(_read(line) for line in TABLE.strip().splitlines())
_BY_NAME: Final[dict[str, Parameter]] = {
    name: parameter for parameter in PARAMETERS for name in parameter.names
}
