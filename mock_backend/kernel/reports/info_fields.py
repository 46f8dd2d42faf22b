"""Which fields and sections of INFO came later than Redis 7.0, or are of one line only."""

from __future__ import annotations

import functools
from typing import Final

from mock_backend.profile import Profile, Since

_SINCE: Final = {
    "7.2.0": (
        "listener0 total_blocking_keys total_blocking_keys_on_nokey eventloop_cycles"
        " eventloop_duration_sum eventloop_duration_cmd_sum"
        " instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec"
        " acl_access_denied_auth acl_access_denied_cmd acl_access_denied_key"
        " acl_access_denied_channel"
    ),
    "redis-7.0.0": "redis_mode atomicvar_api",
    "redis-7.4.0,valkey-8.0.0": (
        "pubsub_clients watching_clients total_watched_keys allocator_muzzy"
        " mem_overhead_db_hashtable_rehashing evicted_scripts"
        " client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections"
    ),
    "redis-7.4.0": "expired_subkeys",
    "redis-8.0.0": "mem_replica_full_sync_buffer threads keysizes",
    "valkey-8.0.0": (
        "server_name valkey_version server_mode availability_zone replicas_waiting_psync"
        " io_threaded_freed_objects io_threaded_poll_processed"
        " io_threaded_total_prefetch_batches io_threaded_total_prefetch_entries"
        " replicas_repl_buffer_size replicas_repl_buffer_peak"
    ),
    "valkey-8.1.0": (
        "valkey_release_stage clients_hz paused_reason paused_actions"
        " paused_timeout_milliseconds io_threaded_accept_processed"
    ),
    "valkey-9.0.0": (
        "mem_replicas_repl_buffer mem_cluster_slot_import mem_cluster_slot_export"
        " slot_migration_fork_in_progress total_net_cluster_slot_import_bytes"
        " total_net_cluster_slot_export_bytes expired_fields"
        " expired_keys_with_volatile_items_stale_perc"
    ),
}


@functools.cache
def missing_fields(profile: Profile) -> frozenset[str]:
    """What that server does not tell: fields, and sections by their name in lower case."""
    return frozenset(
        name
        for since, names in _SINCE.items()
        if not profile.has(Since(since))
        for name in names.split()
    )
