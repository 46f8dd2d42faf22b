"""MODULE: this server has no modules, and loads none.

Whether it may be asked to is a matter of ``enable-module-command``; a library that it is given is
refused as one that cannot be opened.
"""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel import protection
from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Table

modules = Table("server", "")
modules.container("MODULE", since="4.0.0", summary="A container for module commands.")

_ADMIN: Final = "admin noscript no_async_loading"


@modules.command("MODULE LIST", flags="admin noscript", since="4.0.0", container="MODULE")
def list_(ctx: Context) -> Reply:
    """Returns all loaded modules."""
    return []


@modules.command(
    "MODULE LOAD path [arg [arg ...]]", flags=_ADMIN, since="4.0.0", container="MODULE"
)
def load(ctx: Context, path: bytes, args: list[bytes]) -> Reply:
    """Loads a module."""
    protection.check(ctx, "module")
    raise errors.err("Error loading the extension. Please check the server logs.")


@modules.command(
    "MODULE LOADEX path [arg [arg ...]]", flags=_ADMIN, since="7.0.0", container="MODULE"
)
def loadex(ctx: Context, path: bytes, args: list[bytes]) -> Reply:
    """Loads a module using extended parameters."""
    protection.check(ctx, "module")
    raise errors.err("Error loading the extension. Please check the server logs.")


@modules.command("MODULE UNLOAD name", flags=_ADMIN, since="4.0.0", container="MODULE")
def unload(ctx: Context, name: bytes) -> Reply:
    """Unloads a module."""
    protection.check(ctx, "module")
    raise errors.err("Error unloading module: no such module with that name")


help_for(
    modules,
    "MODULE",
    since="5.0.0",
    text="""
MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
LIST
    Return a list of loaded modules.
LOAD <path> [<arg> ...]
    Load a module library from <path>, passing to it any optional arguments.
LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]
    Load a module library from <path>, while passing it module configurations and optional \
arguments.
UNLOAD <name>
    Unload a module.
HELP
    Print this help.
""",
)
