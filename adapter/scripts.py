"""Scripts by name: ``ScriptManager``, as ioredis' ``defineCommand`` has it.

For either client, synchronous or not: what a defined command returns is what that client's
``register_script`` object returns, a reply or an awaitable of it.  When a source travels, and on
which connection, is decided in ``state/scripts.py``, for these and for every other EVAL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Registering(Protocol):
    """A client, of either sort."""

    def register_script(self, script: Any) -> Any: ...


class DefinedCommand:
    """A script that is called like a command: its keys first, then its arguments.

    Without a number of keys the first argument says it, as EVAL has it.
    """

    def __init__(self, name: str, registered: Any, number_of_keys: int | None) -> None:
        self.name = name
        self.script = registered
        """redis-py's ``Script`` (``.sha``, ``.script``), which the client has registered."""
        self.number_of_keys = number_of_keys

    def __repr__(self) -> str:
        return f"<DefinedCommand {self.name} {self.script.sha}>"

    def __call__(self, *values: Any, client: Any = None) -> Any:
        """Runs it; ``client``: another client or a pipeline, which queues it.

        Errors: TypeError, if there are fewer values than keys.
        """
        number = self.number_of_keys
        if number is None:
            if not values:
                raise TypeError(f"{self.name}() needs the number of its keys first")
            number, *rest = values
        else:
            rest = list(values)
        if len(rest) < number:
            raise TypeError(f"{self.name}() needs {number} keys, and was given {len(rest)} values")
        return self.script(keys=rest[:number], args=rest[number:], client=client)


class ScriptManager(Mapping[str, DefinedCommand]):
    """The commands that a program has made of scripts: ``manager.name(key, argument)``, or
    ``manager["name"]``.
    """

    def __init__(self, client: Registering) -> None:
        self.client = client
        self._commands: dict[str, DefinedCommand] = {}

    def define_command(
        self, name: str, script: str | bytes, number_of_keys: int | None = None
    ) -> DefinedCommand:
        """Makes a command of ``script``; one that had the name before is replaced.  Nothing is
        sent: the source travels with the first call.
        """
        command = DefinedCommand(name, self.client.register_script(script), number_of_keys)
        self._commands[name] = command
        return command

    def __getattr__(self, name: str) -> DefinedCommand:
        commands: dict[str, DefinedCommand] = self.__dict__.get("_commands", {})
        if name in commands:
            return commands[name]
        raise AttributeError(f"no command {name!r} was defined; use define_command()")

    def __getitem__(self, name: str) -> DefinedCommand:
        return self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)
