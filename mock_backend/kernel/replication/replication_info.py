"""INFO replication: the role, the replicas, and how far everybody is (server.c, genInfoString)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.replication.following import Following
from mock_backend.profile import Since

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_TELLS_TYPE: Final = Since("valkey-8.0.0")

Facts = Iterator[tuple[str, object]]


def section(kernel: Kernel) -> Facts:
    """The fields, whatever the profile; the section leaves out what came later."""
    replication = kernel.replication
    following = replication.following
    yield "role", "master" if following is None else "slave"
    if following is not None:
        yield from _primary(kernel, following)
    yield "connected_slaves", len(replication.replicas)
    config = kernel.config
    if config.number("min-replicas-to-write") and config.number("min-replicas-max-lag"):
        yield "min_slaves_good_slaves", replication.good
    kind = ",type=replica" if kernel.profile.has(_TELLS_TYPE) else ""
    for number, replica in enumerate(replication.online):
        lag = (kernel.space.now_ms - replica.heard_ms) // 1000
        yield (
            f"slave{number}",
            f"ip={replica.address},port={replica.port},state=online,"
            f"offset={replica.acknowledged},lag={lag}{kind}",
        )
    kept = len(replication.backlog or b"")
    yield from (
        ("replicas_waiting_psync", 0),
        ("master_failover_state", kernel.failover.state),
        ("master_replid", replication.id),
        ("master_replid2", replication.id2),
        ("master_repl_offset", replication.offset),
        ("second_repl_offset", replication.offset2),
        ("repl_backlog_active", int(replication.backlog is not None)),
        ("repl_backlog_size", config.number("repl-backlog-size")),
        (
            "repl_backlog_first_byte_offset",
            0 if replication.backlog is None else replication.first_kept,
        ),
        ("repl_backlog_histlen", kept),
    )


def _primary(kernel: Kernel, following: Following) -> Facts:
    now = kernel.space.now_ms
    offset = kernel.replication.offset
    yield from (
        ("master_host", following.host),
        ("master_port", following.port),
        ("master_link_status", "up" if following.up else "down"),
        ("master_last_io_seconds_ago", (now - following.heard_ms) // 1000 if following.up else -1),
        ("master_sync_in_progress", int(following.state == "sync")),
        ("slave_read_repl_offset", offset),
        ("slave_repl_offset", offset),
        ("replicas_repl_buffer_size", 0),
        ("replicas_repl_buffer_peak", 0),
    )
    if not following.up:
        yield "master_link_down_since_seconds", (now - following.down_since_ms) // 1000
    yield from (
        ("slave_priority", kernel.config.number("replica-priority")),
        ("slave_read_only", int(kernel.config.flag("replica-read-only"))),
        ("replica_announced", int(kernel.config.flag("replica-announced"))),
    )
