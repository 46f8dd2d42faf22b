"""What the server protects itself from: commands that must be allowed when it starts (DEBUG, and
what loads modules), and clients of other machines.

``enable-debug-command`` and ``enable-module-command`` say ``yes``, ``local`` or ``no``.  The check
comes before any other (server.c, processCommand), also where a call is only queued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.replies import ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_GUARDED: Final = {
    "debug": "debug",
    "module|load": "module",
    "module|loadex": "module",
    "module|unload": "module",
}
"""Command -> which parameter allows it."""

_LOCAL: Final = ("127.", "[::1]", "/")


def refusal(kernel: Kernel, session: Session, command: Command) -> ReplyError | None:
    """The error, if this session may not even queue the command."""
    kind = _GUARDED.get(command.name)
    return None if kind is None or _allows(kernel, session, kind) else errors.not_enabled(kind)


def check(context: Context, kind: str) -> None:
    """Raises the error, if ``debug`` or ``module`` commands are not allowed to this session."""
    if not _allows(context.kernel, context.session.caller, kind):
        raise errors.not_enabled(kind)


def keeps_out(kernel: Kernel, address: str) -> bool:
    """``protected-mode``: whether a client from there may not come in, as nobody needs a password
    (networking.c, clientAcceptHandler).
    """
    if not address or address.startswith(_LOCAL):
        return False
    return kernel.config.flag("protected-mode") and kernel.acl.default.needs_no_password


def may_set_protected(context: Context) -> bool:
    """``enable-protected-configs``: whether CONFIG SET may say where files are."""
    return _permits(context.kernel, context.session.caller, "enable-protected-configs")


def _allows(kernel: Kernel, session: Session, kind: str) -> bool:
    return _permits(kernel, session, f"enable-{kind}-command")


def _permits(kernel: Kernel, session: Session, parameter: str) -> bool:
    allowed = kernel.config.text(parameter)
    return allowed == "yes" or (allowed == "local" and session.address.startswith(_LOCAL))
