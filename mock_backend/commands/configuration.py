"""CONFIG: the server's parameters, while it runs."""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel import protection
from mock_backend.kernel.context import Context
from mock_backend.replies import OK, Pairs, Reply
from mock_backend.schema.command import Table

configuration = Table("server", "")
configuration.container(
    "CONFIG", since="2.0.0", summary="A container for server configuration commands."
)

_FLAGS: Final = "admin noscript loading stale"


@configuration.command(
    "CONFIG GET parameter [parameter ...]", flags=_FLAGS, since="2.0.0", container="CONFIG"
)
def get(ctx: Context, parameters: list[bytes]) -> Reply:
    """Returns the effective values of configuration parameters."""
    return Pairs(ctx.kernel.config.get(parameters))


@configuration.command(
    "CONFIG SET items=parameter value [parameter value ...]",
    flags=_FLAGS,
    since="2.0.0",
    container="CONFIG",
)
def set_(ctx: Context, items: list[bytes]) -> Reply:
    """Sets configuration parameters in-flight, all of them or none."""
    if len(items) % 2:
        raise errors.syntax()
    pairs = list(zip(items[::2], items[1::2], strict=True))
    ctx.kernel.config.set(pairs, also_protected=protection.may_set_protected(ctx))
    return OK


@configuration.command("CONFIG RESETSTAT", flags=_FLAGS, since="2.0.0", container="CONFIG")
def resetstat(ctx: Context) -> Reply:
    """Resets the server's statistics."""
    ctx.kernel.reset_statistics()
    return OK


@configuration.command("CONFIG REWRITE", flags=_FLAGS, since="2.8.0", container="CONFIG")
def rewrite(ctx: Context) -> Reply:
    """Persists the effective configuration to the file that the server was started with."""
    write = ctx.kernel.config.rewrite
    if write is None:
        raise errors.err("The server is running without a config file")
    try:
        write(False)
    except OSError as error:
        raise errors.err(f"Rewriting config file: {error.strerror}") from None
    return OK


help_for(configuration, "CONFIG", since="5.0.0")
