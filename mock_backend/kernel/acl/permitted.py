"""Which commands a selector permits, and how ACL LIST writes that down.

A set of names, of commands and subcommands alike, and whether commands that do not exist yet are
meant as well.  Servers from 7.2 on remember the rules in the order in which they came; 7.0
remembers only the set and finds rules that describe it.  Source: acl.c.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mock_backend.errors import acl as errors
from mock_backend.schema.command import CATEGORIES, Command


class Catalogue:
    """The commands of one server, as rules name them."""

    def __init__(self, commands: Mapping[bytes, Command]) -> None:
        self.commands = commands
        self._categories: dict[str, tuple[Command, ...]] = {}
        """Those that somebody has asked for."""

    def every_command(self) -> Iterator[Command]:
        """Commands, each before its subcommands."""
        for command in self.commands.values():
            yield command
            yield from command.subcommands.values()

    def find(self, name: bytes) -> Command | None:
        """The command or, behind a bar, the subcommand of that name."""
        container, bar, rest = name.lower().partition(b"|")
        command = self.commands.get(container)
        return command.subcommands.get(rest) if command is not None and bar else command

    def category(self, name: str) -> tuple[Command, ...] | None:
        """Its commands and subcommands; ``None`` if there is no such category."""
        lower = name.lower()
        if lower not in self._categories:
            if lower not in CATEGORIES:
                return None
            chosen = (each for each in self.every_command() if lower in each.categories)
            self._categories[lower] = tuple(chosen)
        return self._categories[lower]


@dataclass(slots=True)
class Permitted:
    """The commands that one selector permits."""

    catalogue: Catalogue
    names: set[str] = field(default_factory=set)
    future: bool = False
    """Whether it began with ``+@all``: what is added to the server later is permitted, too."""
    all: bool = False
    """Nothing was taken away since ``+@all``."""
    arguments: dict[str, list[bytes]] = field(default_factory=dict)
    """First arguments with which a command is permitted that otherwise is not."""
    rules: list[tuple[str, str]] = field(default_factory=list)
    """Sign and name, in the order in which they were given; later ones replace earlier ones."""

    def copy(self) -> Permitted:
        """The same, to be changed."""
        arguments = {name: list(words) for name, words in self.arguments.items()}
        return Permitted(
            self.catalogue, set(self.names), self.future, self.all, arguments, list(self.rules)
        )

    def permits(self, command: Command, argument: bytes | None) -> bool:
        """Whether the command may be called; ``argument`` is the word behind its name."""
        if self.all or command.name in self.names or "no_auth" in command.flags:
            return True
        if argument is None:
            return False
        wanted = argument.lower()
        return any(wanted == word.lower() for word in self.arguments.get(command.name, ()))

    def set_all(self, permitted: bool) -> None:
        """``+@all`` or ``-@all``."""
        self.names = {each.name for each in self.catalogue.every_command()} if permitted else set()
        self.future = self.all = permitted
        self.arguments.clear()
        self.rules.clear()

    def apply(self, rule: bytes) -> None:
        """A rule that begins with ``+`` or ``-``.  Errors: ``BadRule``."""
        sign, name = rule[:1].decode(), rule[1:]
        if name.lower() == b"@all":
            self.set_all(sign == "+")
        elif name[:1] == b"@":
            commands = self.catalogue.category(name[1:].decode("utf-8", "replace"))
            if commands is None:
                raise errors.unknown_name()
            self._change(commands, sign == "+")
            self._note(sign, name.decode().lower())
        elif sign == "+" and b"|" in name:
            self._permit_part(name)
        else:
            command = self._found(name)
            self._change([command], sign == "+")
            self._note(sign, command.name)

    def _found(self, name: bytes) -> Command:
        command = self.catalogue.find(name)
        if command is None:
            raise errors.unknown_name()
        return command

    def _permit_part(self, name: bytes) -> None:
        """``+config|get`` or, of a command without subcommands, ``+select|0``."""
        container, _, part = name.rpartition(b"|")
        command = self._found(container)
        if "|" in command.name:
            raise errors.argument_of_subcommand()
        if not part:
            raise errors.no_such_rule()
        if command.subcommands:
            self._change([self._found(name)], True)
        else:
            words = self.arguments.setdefault(command.name, [])
            if part.lower() not in [word.lower() for word in words]:
                words.append(part)
        self._note("+", name.decode("utf-8", "surrogateescape").lower())

    def _change(self, commands: Iterable[Command], permitted: bool) -> None:
        """A container takes its subcommands along."""
        for command in commands:
            self.arguments.pop(command.name, None)
            family = [command.name, *(each.name for each in command.subcommands.values())]
            if permitted:
                self.names.update(family)
            else:
                self.names.difference_update(family)
                self.all = False

    def _note(self, sign: str, name: str) -> None:
        inner = f"{name}|"
        self.rules = [
            (old_sign, old)
            for old_sign, old in self.rules
            if old != name and not old.startswith(inner)
        ]
        self.rules.append((sign, name))

    def described(self) -> str:
        """As servers from 7.2 on do: the rules as they were given, but for those that others
        made void.
        """
        return " ".join(
            ["+@all" if self.future else "-@all", *(sign + name for sign, name in self.rules)]
        )

    def fitted(self) -> str:
        """As 7.0 does: the categories that come closest, then what is still different."""
        sign = "-" if self.future else "+"
        shadow = Permitted(self.catalogue)
        shadow.set_all(self.future)
        rules = ["+@all" if self.future else "-@all"]
        for category in self._fitting(removing=self.future):
            rules.append(f"{sign}@{category}")
            shadow.apply(rules[-1].encode())
        for command in self.catalogue.commands.values():
            for each in (command, *command.subcommands.values()):
                permitted = each.name in self.names
                if permitted != (each.name in shadow.names):
                    rules.append(f"{'+' if permitted else '-'}{each.name}")
                    shadow._change([each], permitted)
            if command.name not in self.names:
                for word in self.arguments.get(command.name, ()):
                    rules.append(f"+{command.name}|{word.decode('utf-8', 'surrogateescape')}")
        return " ".join(rules)

    def _fitting(self, *, removing: bool) -> Iterator[str]:
        """Categories of which more commands are right than wrong, the best first; what one of them
        covers does not count for the next.
        """
        rest = self.copy()
        left = list(CATEGORIES)
        while left:
            best, best_wrong, best_right = "", 0, 0
            for name in left:
                commands = self.catalogue.category(name) or ()
                on = sum(each.name in rest.names for each in commands)
                right, wrong = (len(commands) - on, on) if removing else (on, len(commands) - on)
                if right > wrong and (
                    not best or wrong < best_wrong or (wrong == best_wrong and right > best_right)
                ):
                    best, best_wrong, best_right = name, wrong, right
            if not best:
                return
            left.remove(best)
            rest._change(self.catalogue.category(best) or (), removing)
            yield best
