"""Error texts of DUMP, RESTORE, MIGRATE and saving.  The rule is that of ``errors`` itself."""

from __future__ import annotations

from mock_backend.errors import echo, err
from mock_backend.replies import ReplyError


def busy_key() -> ReplyError:
    """RESTORE of a key that exists (server.c, shared.busykeyerr)."""
    return ReplyError("BUSYKEY", "Target key name already exists.")


def not_saved(line: str) -> ReplyError:
    """A write after the data could not be saved (server.c, shared.bgsaveerr)."""
    name = line.capitalize()
    return ReplyError(
        "MISCONF",
        f"{name} is configured to save RDB snapshots, but it's currently unable to persist to disk."
        " Commands that may modify the data set are disabled, because this instance is configured"
        " to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error"
        f" option). Please check the {name} logs for details about the RDB error.",
    )


def unreadable_dump() -> ReplyError:
    """RESTORE or FUNCTION RESTORE of what has a newer version or a wrong checksum behind it
    (cluster.c, verifyDumpPayload).
    """
    return err("DUMP payload version or checksum are wrong")


def bad_data_format() -> ReplyError:
    """RESTORE of something that is no value (cluster.c, restoreCommand)."""
    return err("Bad data format")


def no_connection_to_target() -> ReplyError:
    """MIGRATE to a server that cannot be reached (cluster.c, migrateGetSocket)."""
    return ReplyError("IOERR", "error or timeout connecting to the client")


def target_does_not_listen() -> ReplyError:
    """MIGRATE to where nobody listens: the server finds out when it writes (cluster.c,
    migrateCommand).
    """
    return ReplyError("IOERR", "error or timeout writing to target instance")


def no_answer_from_target() -> ReplyError:
    """MIGRATE to a server that goes silent (cluster.c, migrateCommand)."""
    return ReplyError("IOERR", "error or timeout reading to target instance")


def target_said(line: bytes) -> ReplyError:
    """MIGRATE was refused by the other server (cluster.c, migrateCommand)."""
    return err(f"Target instance replied with error: {echo(line)}")
