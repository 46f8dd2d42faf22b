"""HELP of the containers: made of the usage lines and summaries of their subcommands, unless the
container has a text of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mock_backend.kernel.context import Context
from mock_backend.profile import Profile, Since
from mock_backend.replies import Reply, Simple
from mock_backend.schema.command import Table

_PRINT: Final = Since("7.2.0")
_LAST: Final = "Print this help."


def help_for(
    table: Table, container: str, *, since: str, text: str | Callable[[Profile], str] = ""
) -> None:
    """Gives ``container`` its HELP subcommand (networking.c, addReplyHelp)."""
    key = container.lower().encode()

    @table.command(f"{container} HELP", flags="loading stale", since=since, container=container)
    def help_(ctx: Context) -> Reply:
        """Returns helpful text about the different subcommands."""
        own = text(ctx.kernel.profile) if callable(text) else text
        if own:
            return [Simple(line.encode()) for line in _worded(ctx, own).splitlines()]
        lines = [f"{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
        for subcommand in ctx.kernel.commands[key].subcommands.values():
            name = subcommand.usage.name[1].upper()
            if name == "HELP":
                continue
            words = subcommand.usage.line.split(None, 2)[2:]
            lines.append(" ".join([name, *(_plain(text) for text in words)]))
            lines.append(f"    {subcommand.summary}")
        lines += ["HELP", f"    {_LAST}"]
        return [Simple(line.encode()) for line in _worded(ctx, "\n".join(lines)).splitlines()]


def _worded(ctx: Context, text: str) -> str:
    """The text as this server words it: the last line has changed once."""
    older = not ctx.kernel.profile.has(_PRINT)
    return text.strip().replace("Print this help.", "Prints this help." if older else _LAST)


def _plain(usage: str) -> str:
    """The usage line without its types: ``<name>`` for each word that stands for another."""
    shown = []
    for piece in usage.replace("[", "[ ").replace("]", " ]").split():
        word = piece.partition(":")[0].partition("=")[2] or piece.partition(":")[0]
        is_name = word.replace("-", "").isalnum() and word == word.lower()
        shown.append(f"<{word}>" if is_name else word)
    return " ".join(shown).replace("[ ", "[").replace(" ]", "]")
