"""INFO: what the server tells of itself, section by section.

A section states every field that any server has; those that came later or belong to the other line
are left out (info_fields.py).  What this server does not do (threads, append-only files,
defragmentation) has the value of a real one that does not do it; memory is estimated as a real
server would use it.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

from mock_backend.kernel.replication import replication_info
from mock_backend.kernel.reports import client_lines
from mock_backend.kernel.reports.info_fields import missing_fields
from mock_backend.profile import Since
from mock_backend.store import encodings, sizes

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

Facts = Iterable[tuple[str, object]]

STARTUP_MEMORY: Final = 929_264
"""What an empty Valkey 8.0 uses."""

_SAMPLES: Final = 200
_TIMED_FIELDS: Final = Since("redis-7.4.0,valkey-9.0.0")
_COUNTED_BY: Final = {
    b"string": "strings_sizes",
    b"list": "lists_items",
    b"set": "sets_items",
    b"zset": "zsets_items",
    b"hash": "hashes_items",
}


def render(kernel: Kernel, wanted: Iterable[bytes]) -> bytes:
    """The sections ``wanted``, each under its heading; names that mean nothing give nothing."""
    names = {word.lower().decode("utf-8", "replace") for word in wanted} or {"default"}
    if names & {"all", "everything"}:
        names = set(SECTIONS)
    elif "default" in names:
        names |= _DEFAULT
    missing = missing_fields(kernel.profile)
    if "server_mode" not in missing and kernel.config.flag("extended-redis-compatibility"):
        missing = missing - {"redis_mode"} | {"server_mode"}
    parts: list[str] = []
    for name, (heading, section) in SECTIONS.items():
        if name in names and name not in missing:
            told = (pair for pair in section(kernel) if pair[0] not in missing)
            lines = [f"# {heading}", *(f"{field}:{value}" for field, value in told)]
            parts.append("".join(f"{line}\r\n" for line in lines))
    return "\r\n".join(parts).encode("utf-8", "surrogateescape")


def human(size: float) -> str:
    """A size with a unit: ``951.26K`` (util.c, bytesToHuman)."""
    if size < 1024:
        return f"{int(size)}B"
    for unit in "KMGTP":
        size /= 1024
        if size < 1024:
            return f"{size:.2f}{unit}"
    return f"{size / 1024:.2f}E"


def used_memory(kernel: Kernel) -> int:
    """The estimated size of everything, from a sample of each database."""
    total = STARTUP_MEMORY + len(kernel.sessions) * 2_000 + buffered_memory(kernel)
    for database in kernel.space.databases:
        count = len(database)
        if count:
            sample = list(islice(database.values.items(), _SAMPLES))
            if count > _SAMPLES:  # the oldest and the newest
                sample[_SAMPLES // 2 :] = islice(reversed(database.values.items()), _SAMPLES // 2)
            weight = sum(sizes.usage(key, value) for key, value in sample)
            total += weight * count // len(sample) + 32 * len(database.expires)
    return total


def buffered_memory(kernel: Kernel) -> int:
    """The bytes that wait for clients, or for the rest of what they are saying; replicas apart, as
    what waits for them would grow with every key that goes (evict.c,
    freeMemoryGetNotCountedMemory).
    """
    return sum(
        client_lines.buffered(session)
        for session in kernel.sessions.values()
        if not session.is_replica
    )


def peak_memory(kernel: Kernel, used: int) -> int:
    """The most that was ever found to be used, now included."""
    kernel.statistics.peak_memory = max(kernel.statistics.peak_memory, used)
    return kernel.statistics.peak_memory


def _server(kernel: Kernel) -> Facts:
    now_us = kernel.clock.now_us()
    uptime = max(0, (kernel.clock.now_ms() - kernel.statistics.started_ms) // 1000)
    hz = kernel.config.number("hz")
    mode = "standalone" if kernel.cluster is None else "cluster"
    yield from (
        ("redis_version", kernel.profile.redis_version),
        ("server_name", kernel.profile.line),
        ("valkey_version", kernel.profile.version),
        ("valkey_release_stage", "ga"),
        ("redis_git_sha1", "00000000"),
        ("redis_git_dirty", 0),
        ("redis_build_id", b"mock_bac".hex()),
        ("redis_mode", mode),
        ("server_mode", mode),
        ("os", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("arch_bits", 64 if sys.maxsize > 2**32 else 32),
        ("monotonic_clock", "POSIX clock_gettime"),
        ("multiplexing_api", "asyncio"),
        ("atomicvar_api", "c11-builtin"),
        ("gcc_version", "0.0.0"),
        ("process_id", os.getpid()),
        ("process_supervised", "no"),
        ("run_id", kernel.run_id),
        ("tcp_port", kernel.port),
        ("server_time_usec", now_us),
        ("uptime_in_seconds", uptime),
        ("uptime_in_days", uptime // 86400),
        ("hz", hz),
        ("configured_hz", hz),
        ("clients_hz", hz),
        ("lru_clock", now_us // 1_000_000 & 0xFFFFFF),
        ("executable", sys.executable),
        ("config_file", kernel.config.file),
        ("io_threads_active", 0),
        ("availability_zone", kernel.config.text("availability-zone")),
        ("listener0", f"name=tcp,bind={kernel.config.text('bind')},port={kernel.port}"),
    )


def _clients(kernel: Kernel) -> Facts:
    sessions = kernel.sessions.values()
    keys = {place for parked in kernel.waiting.parked for place in parked.places}
    gone = {p for parked in kernel.waiting.parked if parked.kind is None for p in parked.places}
    watched = [place for session in sessions for place in session.watched]
    timed = sum(parked.deadline_ms is not None for parked in kernel.waiting.parked)
    yield from (
        ("connected_clients", len(kernel.sessions) - len(kernel.replication.replicas)),
        ("cluster_connections", 0),
        ("maxclients", kernel.config.number("maxclients")),
        ("client_recent_max_input_buffer", 0),
        ("client_recent_max_output_buffer", 0),
        ("blocked_clients", len(kernel.waiting.parked)),
        ("tracking_clients", len(kernel.tracking.sessions)),
        ("pubsub_clients", sum(session.is_subscribed for session in sessions)),
        ("watching_clients", sum(bool(session.watched) for session in sessions)),
        ("clients_in_timeout_table", timed),
        ("total_watched_keys", len(set(watched))),
        ("total_blocking_keys", len(keys)),
        ("total_blocking_keys_on_nokey", len(gone)),
        ("paused_reason", kernel.pause.reason),
        ("paused_actions", kernel.pause.actions),
        ("paused_timeout_milliseconds", kernel.pause.left_ms),
    )


def _memory(kernel: Kernel) -> Facts:
    used = used_memory(kernel)
    peak = peak_memory(kernel, used)
    rss = _resident()
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = kernel.config.number("maxmemory")
    dataset = used - STARTUP_MEMORY
    interpreter = kernel.evaluation.interpreter_memory
    functions = kernel.functions
    machines = interpreter + functions.interpreter_memory
    scripts = kernel.evaluation.memory + functions.memory
    yield from (
        ("used_memory", used),
        ("used_memory_human", human(used)),
        ("used_memory_rss", rss),
        ("used_memory_rss_human", human(rss)),
        ("used_memory_peak", peak),
        ("used_memory_peak_human", human(peak)),
        ("used_memory_peak_perc", f"{used * 100 / peak:.2f}%"),
        ("used_memory_overhead", STARTUP_MEMORY),
        ("used_memory_startup", STARTUP_MEMORY),
        ("used_memory_dataset", dataset),
        ("used_memory_dataset_perc", f"{dataset * 100 / max(1, used - STARTUP_MEMORY):.2f}%"),
        ("allocator_allocated", used),
        ("allocator_active", used),
        ("allocator_resident", used),
        ("allocator_muzzy", 0),
        ("total_system_memory", total),
        ("total_system_memory_human", human(total)),
        ("used_memory_lua", interpreter),
        ("used_memory_vm_eval", interpreter),
        ("used_memory_lua_human", human(interpreter)),
        ("used_memory_scripts_eval", kernel.evaluation.memory),
        ("number_of_cached_scripts", kernel.evaluation.cached),
        ("number_of_functions", functions.count),
        ("number_of_libraries", len(functions.libraries)),
        ("used_memory_vm_functions", functions.interpreter_memory),
        ("used_memory_vm_total", machines),
        ("used_memory_vm_total_human", human(machines)),
        ("used_memory_functions", functions.memory),
        ("used_memory_scripts", scripts),
        ("used_memory_scripts_human", human(scripts)),
        ("maxmemory", limit),
        ("maxmemory_human", human(limit)),
        ("maxmemory_policy", kernel.config.text("maxmemory-policy")),
        ("allocator_frag_ratio", "1.00"),
        ("allocator_frag_bytes", 0),
        ("allocator_rss_ratio", "1.00"),
        ("allocator_rss_bytes", 0),
        ("rss_overhead_ratio", f"{rss / used:.2f}"),
        ("rss_overhead_bytes", rss - used),
        ("mem_fragmentation_ratio", f"{rss / used:.2f}"),
        ("mem_fragmentation_bytes", rss - used),
        ("mem_not_counted_for_evict", 0),
        ("mem_replication_backlog", len(kernel.replication.backlog or b"")),
        ("mem_total_replication_buffers", len(kernel.replication.backlog or b"")),
        ("mem_replica_full_sync_buffer", 0),
        ("mem_replicas_repl_buffer", 0),
        ("mem_clients_slaves", 0),
        ("mem_clients_normal", len(kernel.sessions) * 2_000),
        ("mem_cluster_links", 0),
        ("mem_cluster_slot_import", 0),
        ("mem_cluster_slot_export", 0),
        ("mem_aof_buffer", 0),
        ("mem_allocator", "python"),
        ("mem_overhead_db_hashtable_rehashing", 0),
        ("active_defrag_running", 0),
        ("lazyfree_pending_objects", 0),
        ("lazyfreed_objects", kernel.space.lazily_freed),
    )


def _resident() -> int:
    """The largest size that this process has had (macOS counts bytes, Linux kilobytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _persistence(kernel: Kernel) -> Facts:
    yield from (
        ("loading", 0),
        ("async_loading", 0),
        ("current_cow_peak", 0),
        ("current_cow_size", 0),
        ("current_cow_size_age", 0),
        ("current_fork_perc", "0.00"),
        ("current_save_keys_processed", 0),
        ("current_save_keys_total", 0),
        ("rdb_changes_since_last_save", kernel.space.dirty - kernel.statistics.dirty_when_saved),
        ("rdb_bgsave_in_progress", 0),
        ("rdb_last_save_time", kernel.statistics.saved_ms // 1000),
        ("rdb_last_bgsave_status", "err" if kernel.persistence.failed else "ok"),
        ("rdb_last_bgsave_time_sec", 0 if kernel.persistence.in_background else -1),
        ("rdb_current_bgsave_time_sec", -1),
        ("rdb_saves", kernel.statistics.saves),
        ("rdb_last_cow_size", 0),
        ("rdb_last_load_keys_expired", kernel.persistence.keys_expired),
        ("rdb_last_load_keys_loaded", kernel.persistence.keys_loaded),
        ("aof_enabled", 0),
        ("aof_rewrite_in_progress", 0),
        ("aof_rewrite_scheduled", 0),
        ("aof_last_rewrite_time_sec", 0 if kernel.statistics.rewrites else -1),
        ("aof_current_rewrite_time_sec", -1),
        ("aof_last_bgrewrite_status", "ok"),
        ("aof_rewrites", kernel.statistics.rewrites),
        ("aof_rewrites_consecutive_failures", 0),
        ("aof_last_write_status", "ok"),
        ("aof_last_cow_size", 0),
        ("module_fork_in_progress", 0),
        ("module_fork_last_cow_size", 0),
        ("slot_migration_fork_in_progress", 0),
    )


def _stats(kernel: Kernel) -> Facts:
    space, channels = kernel.space, kernel.channels
    counted, calls = kernel.statistics, kernel.calls
    received = counted.bytes_in + sum(session.bytes_in for session in kernel.sessions.values())
    sent = counted.bytes_out + sum(session.bytes_out for session in kernel.sessions.values())
    yield from (
        ("total_connections_received", counted.connections),
        ("total_commands_processed", calls),
        ("instantaneous_ops_per_sec", 0),
        ("total_net_input_bytes", received),
        ("total_net_output_bytes", sent),
        ("total_net_repl_input_bytes", kernel.replication.bytes_in),
        ("total_net_repl_output_bytes", kernel.replication.bytes_out),
        ("total_net_cluster_slot_import_bytes", 0),
        ("total_net_cluster_slot_export_bytes", 0),
        ("instantaneous_input_kbps", "0.00"),
        ("instantaneous_output_kbps", "0.00"),
        ("instantaneous_input_repl_kbps", "0.00"),
        ("instantaneous_output_repl_kbps", "0.00"),
        ("rejected_connections", counted.rejected_sessions),
        ("sync_full", kernel.replication.full_syncs),
        ("sync_partial_ok", kernel.replication.partial_syncs),
        ("sync_partial_err", kernel.replication.refused_syncs),
        ("expired_subkeys", space.expired_fields),
        ("expired_keys", space.expired),
        ("expired_fields", space.expired_fields),
        ("expired_stale_perc", "0.00"),
        ("expired_keys_with_volatile_items_stale_perc", "0.00"),
        ("expired_time_cap_reached_count", 0),
        ("expire_cycle_cpu_milliseconds", 0),
        ("evicted_keys", counted.evicted),
        ("evicted_clients", counted.evicted_sessions),
        ("evicted_scripts", kernel.evaluation.evicted),
        ("total_eviction_exceeded_time", 0),
        ("current_eviction_exceeded_time", 0),
        ("keyspace_hits", space.hits),
        ("keyspace_misses", space.misses),
        ("pubsub_channels", len(channels.exact)),
        ("pubsub_patterns", len(channels.patterns)),
        ("pubsubshard_channels", len(channels.sharded)),
        ("latest_fork_usec", 0),
        ("total_forks", counted.forks),
        ("migrate_cached_sockets", len(kernel.lines.idle)),
        ("slave_expires_tracked_keys", 0),
        ("active_defrag_hits", 0),
        ("active_defrag_misses", 0),
        ("active_defrag_key_hits", 0),
        ("active_defrag_key_misses", 0),
        ("total_active_defrag_time", 0),
        ("current_active_defrag_time", 0),
        ("tracking_total_keys", len(kernel.tracking.readers)),
        ("tracking_total_items", kernel.tracking.items),
        ("tracking_total_prefixes", len(kernel.tracking.prefixes)),
        ("unexpected_error_replies", 0),
        ("total_error_replies", sum(counted.errors_by_code.values())),
        ("dump_payload_sanitizations", counted.sanitized),
        ("total_reads_processed", calls),
        ("total_writes_processed", calls),
        ("io_threaded_reads_processed", 0),
        ("io_threaded_writes_processed", 0),
        ("io_threaded_freed_objects", 0),
        ("io_threaded_accept_processed", 0),
        ("io_threaded_poll_processed", 0),
        ("io_threaded_total_prefetch_batches", 0),
        ("io_threaded_total_prefetch_entries", 0),
        ("client_query_buffer_limit_disconnections", counted.query_limited),
        ("client_output_buffer_limit_disconnections", counted.output_limited),
        ("reply_buffer_shrinks", 0),
        ("reply_buffer_expands", 0),
        ("eventloop_cycles", calls),
        ("eventloop_duration_sum", _total_usec(kernel)),
        ("eventloop_duration_cmd_sum", _total_usec(kernel)),
        ("instantaneous_eventloop_cycles_per_sec", 0),
        ("instantaneous_eventloop_duration_usec", 0),
        ("acl_access_denied_auth", counted.denied.get("auth", 0)),
        ("acl_access_denied_cmd", counted.denied.get("command", 0)),
        ("acl_access_denied_key", counted.denied.get("key", 0)),
        ("acl_access_denied_channel", counted.denied.get("channel", 0)),
    )


def _cpu(kernel: Kernel) -> Facts:
    own = resource.getrusage(resource.RUSAGE_SELF)
    yield from (
        ("used_cpu_sys", f"{own.ru_stime:.6f}"),
        ("used_cpu_user", f"{own.ru_utime:.6f}"),
        ("used_cpu_sys_children", "0.000000"),
        ("used_cpu_user_children", "0.000000"),
        ("used_cpu_sys_main_thread", f"{own.ru_stime:.6f}"),
        ("used_cpu_user_main_thread", f"{own.ru_utime:.6f}"),
    )


def _nothing(kernel: Kernel) -> Facts:
    return ()


def _total_usec(kernel: Kernel) -> int:
    return sum(command.usec for command in kernel.every_command())


def _command_stats(kernel: Kernel) -> Facts:
    for command in kernel.every_command():
        if command.calls or command.rejected or command.failed:
            each = command.usec / command.calls if command.calls else 0.0
            yield (
                f"cmdstat_{command.name}",
                f"calls={command.calls},usec={command.usec},usec_per_call={each:.2f},"
                f"rejected_calls={command.rejected},failed_calls={command.failed}",
            )


def _error_stats(kernel: Kernel) -> Facts:
    for code, count in sorted(kernel.statistics.errors_by_code.items()):
        yield f"errorstat_{code}", f"count={count}"


def _latency_stats(kernel: Kernel) -> Facts:
    """Percentiles as far as the histogram knows them: a bucket's upper bound, in microseconds."""
    if not kernel.config.flag("latency-tracking"):
        return
    asked = kernel.config.text("latency-tracking-info-percentiles").split()
    for command in kernel.every_command():
        if command.calls and asked:
            shown = ",".join(
                f"p{percent}={_percentile(command.latencies, float(percent)):.3f}"
                for percent in asked
            )
            yield f"latency_percentiles_usec_{command.name}", shown


def _percentile(latencies: list[int], percent: float) -> float:
    rank = percent / 100 * sum(latencies)
    seen = 0
    for bits, count in enumerate(latencies):
        seen += count
        if count and seen >= rank:
            return float(2**bits) / 1000
    return 0.0


def _cluster(kernel: Kernel) -> Facts:
    yield "cluster_enabled", int(kernel.cluster is not None)


def _keyspace(kernel: Kernel) -> Facts:
    for database in kernel.space.databases:
        if database.values:
            lives = [at - kernel.space.now_ms for at in islice(database.expires.values(), _SAMPLES)]
            average = max(0, sum(lives) // len(lives)) if lives else 0
            line = f"keys={len(database)},expires={len(database.expires)},avg_ttl={average}"
            if kernel.profile.has(_TIMED_FIELDS):
                name = "subexpiry" if kernel.profile.line == "redis" else "keys_with_volatile_items"
                line += f",{name}={len(database.timed_hashes())}"
            yield f"db{database.number}", line


def _threads(kernel: Kernel) -> Facts:
    calls = kernel.calls
    yield "io_thread_0", f"clients={len(kernel.sessions)},reads={calls},writes={calls}"


def _key_sizes(kernel: Kernel) -> Facts:
    """How many keys of each type have how many bytes or elements, in powers of two."""
    for database in kernel.space.databases:
        bins: dict[str, Counter[int]] = {name: Counter() for name in _COUNTED_BY.values()}
        for value in database.values.values():
            name = _COUNTED_BY.get(encodings.type_name(value))
            if name is not None:
                bins[name][len(value).bit_length()] += 1
        for name, counts in bins.items():
            if counts:
                shown = ",".join(f"{_power(bits)}={counts[bits]}" for bits in sorted(counts))
                yield f"db{database.number}_distrib_{name}", shown


def _power(bits: int) -> str:
    """The least number of so many bits: ``512``, ``1K``, ``2M``."""
    size = 1 << bits >> 1
    for unit in ("", "K", "M", "G"):
        if size < 1024:
            return f"{size}{unit}"
        size >>= 10
    return f"{size}T"


SECTIONS: Final[dict[str, tuple[str, Callable[[Kernel], Facts]]]] = {
    "server": ("Server", _server),
    "clients": ("Clients", _clients),
    "memory": ("Memory", _memory),
    "persistence": ("Persistence", _persistence),
    "threads": ("Threads", _threads),
    "stats": ("Stats", _stats),
    "replication": ("Replication", replication_info.section),
    "cpu": ("CPU", _cpu),
    "modules": ("Modules", _nothing),
    "commandstats": ("Commandstats", _command_stats),
    "errorstats": ("Errorstats", _error_stats),
    "latencystats": ("Latencystats", _latency_stats),
    "cluster": ("Cluster", _cluster),
    "keyspace": ("Keyspace", _keyspace),
    "keysizes": ("Keysizes", _key_sizes),
}

_DEFAULT: Final = frozenset(SECTIONS) - {"commandstats", "latencystats"}
