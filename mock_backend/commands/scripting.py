"""Lua scripts: EVAL and its kin, and the cache behind EVALSHA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mock_backend.commands.helping import help_for
from mock_backend.errors import scripting as errors
from mock_backend.kernel.context import Context
from mock_backend.profile import Profile
from mock_backend.replies import OK, Reply
from mock_backend.schema.command import Table

scripting = Table("scripting")

_DIGEST_LENGTH: Final = 40
_ALSO_STALE: Final = "noscript stale@valkey-9.0.0"
_EVAL: Final = "noscript stale skip_monitor no_mandatory_keys movablekeys"
_HELP: Final = """
SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
DEBUG (YES|SYNC|NO)
    Set the debug mode for subsequent scripts executed.
EXISTS <sha1> [<sha1> ...]
    Return information about the existence of the scripts in the script cache.
FLUSH [ASYNC|SYNC]
    Flush the Lua scripts cache. Very dangerous on replicas.
    When called without the optional mode argument, the behavior is determined
     by the lazyfree-lazy-user-flush configuration directive. Valid modes are:
    * ASYNC: Asynchronously flush the scripts cache.
    * SYNC: Synchronously flush the scripts cache.
KILL
    Kill the currently executing Lua script.
LOAD <script>
    Load a script into the scripts cache without executing it.
SHOW <sha1>
    Show a script from the scripts cache.
HELP
    Print this help.
"""


@scripting.command(
    "EVAL script numkeys:evalkeys [key [key ...]] [arg ...]", flags=_EVAL, since="2.6.0"
)
def eval_(ctx: Context, script: bytes, keys: list[bytes], args: list[bytes]) -> Reply:
    """Executes a server-side Lua script."""
    return ctx.kernel.evaluation.evaluate(ctx, script, keys, args)


def _digest(ctx: Context, words: Sequence[bytes]) -> None:
    """What is no digest is looked for first, and not found (eval.c, evalShaCommand)."""
    if len(words[1]) != _DIGEST_LENGTH:
        raise errors.no_script()


@scripting.command(
    "EVALSHA sha1 numkeys:evalkeys [key [key ...]] [arg ...]",
    flags=_EVAL,
    since="2.6.0",
    first=_digest,
)
def evalsha(ctx: Context, sha1: bytes, keys: list[bytes], args: list[bytes]) -> Reply:
    """Executes a server-side Lua script by SHA1 digest."""
    return ctx.kernel.evaluation.evaluate_sha(ctx, sha1, keys, args)


@scripting.command(
    "EVAL_RO script numkeys:evalkeys [key [key ...]] [arg ...]",
    flags=f"readonly {_EVAL}",
    since="7.0.0",
)
def eval_ro(ctx: Context, script: bytes, keys: list[bytes], args: list[bytes]) -> Reply:
    """Executes a read-only server-side Lua script."""
    return ctx.kernel.evaluation.evaluate(ctx, script, keys, args, read_only=True)


@scripting.command(
    "EVALSHA_RO sha1 numkeys:evalkeys [key [key ...]] [arg ...]",
    flags=f"readonly {_EVAL}",
    since="7.0.0",
    first=_digest,
)
def evalsha_ro(ctx: Context, sha1: bytes, keys: list[bytes], args: list[bytes]) -> Reply:
    """Executes a read-only server-side Lua script by SHA1 digest."""
    return ctx.kernel.evaluation.evaluate_sha(ctx, sha1, keys, args, read_only=True)


scripting.container(
    "SCRIPT", since="2.6.0", summary="A container for Lua scripts management commands."
)


@scripting.command("SCRIPT LOAD script", container="SCRIPT", flags="noscript stale", since="2.6.0")
def script_load(ctx: Context, script: bytes) -> Reply:
    """Loads a server-side Lua script to the script cache.

    Reply: its SHA-1, by which EVALSHA knows it.
    """
    return ctx.kernel.evaluation.load(script)


@scripting.command(
    "SCRIPT EXISTS sha1 [sha1 ...]", container="SCRIPT", flags=_ALSO_STALE, since="2.6.0"
)
def script_exists(ctx: Context, sha1s: list[bytes]) -> Reply:
    """Determines whether server-side Lua scripts exist in the script cache.

    Reply: 1 or 0 for each.
    """
    return [int(ctx.kernel.evaluation.exists(sha)) for sha in sha1s]


@scripting.command("SCRIPT SHOW sha1", container="SCRIPT", flags=_ALSO_STALE, since="valkey-8.0.0")
def script_show(ctx: Context, sha1: bytes) -> Reply:
    """Show server-side Lua script in the script cache."""
    return ctx.kernel.evaluation.body(sha1)


@scripting.command("SCRIPT FLUSH [arg ...]", container="SCRIPT", flags=_ALSO_STALE, since="2.6.0")
def script_flush(ctx: Context, args: list[bytes]) -> Reply:
    """Removes all server-side Lua scripts from the script cache.

    ASYNC and SYNC do the same here.
    """
    if len(args) > 1 or (args and args[0].upper() not in {b"ASYNC", b"SYNC"}):
        raise errors.script_flush_mode()
    ctx.kernel.evaluation.flush()
    return OK


@scripting.command("SCRIPT KILL", container="SCRIPT", flags="noscript allow_busy", since="2.6.0")
def script_kill(ctx: Context) -> Reply:
    """Terminates a server-side Lua script during execution."""
    ctx.kernel.scripts.kill("SCRIPT")
    return OK


@scripting.command("SCRIPT DEBUG mode", container="SCRIPT", flags="noscript", since="3.2.0")
def script_debug(ctx: Context, mode: bytes) -> Reply:
    """Sets the debug mode of server-side Lua scripts.

    Only ``NO`` has an effect that can be seen here, which is none: there is no debugger.
    """
    if mode.upper() == b"NO":
        return OK
    if mode.upper() in {b"YES", b"SYNC"}:
        raise errors.no_debugger()
    raise errors.script_debug_mode()


def _help(profile: Profile) -> str:
    """Valkey has words of its own."""
    if profile.line == "valkey":
        return _HELP
    older = _HELP.replace("determined\n     by the lazyfree", "determined by the\n    lazyfree")
    return older.replace("SHOW <sha1>\n    Show a script from the scripts cache.\n", "")


help_for(scripting, "SCRIPT", since="5.0.0", text=_help)
