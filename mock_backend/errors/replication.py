"""What a replica, and a primary that wants replicas, say of calls they do not take."""

from __future__ import annotations

from mock_backend.errors import err
from mock_backend.replies import ReplyError


def read_only() -> ReplyError:
    """A write on a replica (server.c, shared.roslaveerr)."""
    return ReplyError("READONLY", "You can't write against a read only replica.")


def no_replicas() -> ReplyError:
    """min-replicas-to-write is not reached (server.c, shared.noreplicaserr)."""
    return ReplyError("NOREPLICAS", "Not enough good replicas to write.")


def primary_down() -> ReplyError:
    """A replica without its primary that shall not serve old data (server.c,
    shared.masterdownerr).
    """
    return ReplyError(
        "MASTERDOWN", "Link with MASTER is down and replica-serve-stale-data is set to 'no'."
    )


def redirected(host: str, port: int) -> ReplyError:
    """A replica sends a client that can follow to its primary (Valkey 8.0: server.c,
    processCommand).
    """
    return ReplyError("REDIRECT", f"{host}:{port}")


def no_link(text: str) -> ReplyError:
    """SYNC where there is nothing to be had just now (replication.c, syncCommand)."""
    return ReplyError("NOMASTERLINK", text)


def role_changed() -> ReplyError:
    """A call waits on a server that becomes a replica (blocked.c, disconnectAllBlockedClients)."""
    return ReplyError(
        "UNBLOCKED",
        "force unblock from blocking operation, instance state changed (master -> replica?)",
    )


def waits_of_replica(name: str) -> ReplyError:
    """WAIT or WAITAOF on a replica (replication.c)."""
    text = f"{name} cannot be used with replica instances. Please also note that"
    local = "writes to replicas are just local and are not propagated."
    if name != "WAIT":
        return err(f"{text} {local}")
    writable = "if a replica is configured to be writable (which is not the default)"
    return err(f"{text} {writable} {local}").before(
        "valkey-8.0.0", err(f"{text} since Redis 4.0 {writable} {local}")
    )


def script_on_replica() -> ReplyError:
    """A script that declares to write, on a replica (script.c, scriptPrepareForRun)."""
    return ReplyError("READONLY", "Can not run script with write flag on readonly replica")


def script_not_stale() -> ReplyError:
    """A script on a replica without its primary (script.c, scriptPrepareForRun)."""
    return ReplyError(
        "MASTERDOWN",
        "Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag"
        " is not set on the script.",
    )
