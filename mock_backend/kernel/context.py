"""What a handler sees of the world: its database, its session, the time, and the kernel.

One context belongs to one session and lives as long; scripts have one of their own, so that what
they select stays theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_backend import errors
from mock_backend.store.keyspace import Database

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.session import Session


class Context:
    """Handed to every handler as its first argument."""

    __slots__ = ("atomic", "db", "kernel", "protocol", "session")

    def __init__(self, kernel: Kernel, session: Session) -> None:
        self.kernel = kernel
        self.session = session
        self.db: Database = kernel.space.databases[0]
        self.atomic = False
        """Inside EXEC or a script: nothing may wait."""
        self.protocol = 2
        """The dialect that replies are meant for: the session's, or the script's
        (``redis.setresp``).
        """

    @property
    def now(self) -> int:
        """The time of this command in Unix milliseconds; it stands still while the command runs."""
        return self.kernel.space.now_ms

    def is_past(self, at_ms: int) -> bool:
        """Whether what is given this time to live has expired already.  On a replica nothing has
        (expire.c, checkAlreadyExpired): its primary says when; nor in import mode.
        """
        kernel = self.kernel
        leads = kernel.replication.following is None and not kernel.importing
        return at_ms <= kernel.space.now_ms and leads

    def select(self, number: int) -> None:
        """Selects a database.  Errors: ``DB index is out of range``."""
        databases = self.kernel.space.databases
        if not 0 <= number < len(databases):
            raise errors.db_index_out_of_range()
        self.db = databases[number]
