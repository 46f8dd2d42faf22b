"""ACL: who a connection is.  There is one user, ``default``."""

from __future__ import annotations

from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Table

users = Table("server", "")
users.container("ACL", since="6.0.0", summary="A container for Access List Control commands.")


@users.command("ACL WHOAMI", flags="noscript loading stale", since="6.0.0", container="ACL")
def whoami(ctx: Context) -> Reply:
    """Returns the authenticated username of the current connection."""
    return ctx.session.user.encode()
