"""The server as a whole: INFO, data, roles, MONITOR, the slow log, latency, memory, DEBUG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.wire import Wire
from tests.targets import Server

Connect = Callable[..., Wire]

WRONG = "ERR wrong number of arguments for '{}' command"

REPLIES = [
    (("FLUSHALL", "FOO"), "ERR syntax error"),
    (("FLUSHALL", "ASYNC", "x"), "ERR syntax error"),
    (("FLUSHALL", "ASYNC"), b"OK"),
    (("FLUSHDB", "sync"), b"OK"),
    (("SWAPDB", "a", "1"), "ERR invalid first DB index"),
    (("SWAPDB", "1", "b"), "ERR invalid second DB index"),
    (("SWAPDB", "0", "99"), "ERR DB index is out of range"),
    (("SWAPDB", "99999999999", "1"), "ERR invalid first DB index"),
    (("SWAPDB", "1", "1"), b"OK"),
    (("DBSIZE",), 0),
    (("DBSIZE", "x"), WRONG.format("dbsize")),
    (("TIME", "x"), WRONG.format("time")),
    (("LASTSAVE", "x"), WRONG.format("lastsave")),
    (("BGSAVE", "foo"), "ERR syntax error"),
    (("BGSAVE", "SCHEDULE", "x"), "ERR syntax error"),
    (("SHUTDOWN", "FOO"), "ERR syntax error"),
    (("SHUTDOWN", "ABORT"), "ERR No shutdown in progress."),
    (("SHUTDOWN", "NOSAVE", "SAVE"), "ERR syntax error"),
    (("SHUTDOWN", "NOSAVE", "ABORT"), "ERR syntax error"),
    (("REPLICAOF", "a", "b"), "ERR Invalid master port"),
    (("REPLICAOF", "localhost", "99999"), "ERR Invalid master port"),
    (("REPLICAOF", "NO", "ONE"), b"OK"),
    (("SLAVEOF", "no", "one"), b"OK"),
    (("FAILOVER",), "ERR FAILOVER requires connected replicas."),
    (("FAILOVER", "ABORT"), "ERR No failover in progress."),
    (("FAILOVER", "FOO"), "ERR syntax error"),
    (("FAILOVER", "TIMEOUT", "x"), "ERR value is not an integer or out of range"),
    (("SLOWLOG", "GET", "x"), "ERR count should be greater than or equal to -1"),
    (("SLOWLOG", "GET", "-2"), "ERR count should be greater than or equal to -1"),
    (
        ("SLOWLOG", "GET", "1", "2"),
        "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.",
    ),
    (("SLOWLOG", "FOO"), "ERR unknown subcommand 'FOO'. Try SLOWLOG HELP."),
    (("SLOWLOG", "LEN"), 0),
    (("SLOWLOG", "GET"), []),
    (("SLOWLOG", "RESET"), b"OK"),
    (("LATENCY", "LATEST"), []),
    (("LATENCY", "HISTORY", "foo"), []),
    (("LATENCY", "RESET"), 0),
    (("LATENCY", "RESET", "a", "b"), 0),
    (("LATENCY", "GRAPH", "foo"), "ERR No samples available for event 'foo'"),
    (("LATENCY", "HISTOGRAM", "foo"), []),
    (("MEMORY", "USAGE", "nosuch"), None),
    (("MEMORY", "USAGE", "k", "SAMPLES"), "ERR syntax error"),
    (("MEMORY", "USAGE", "k", "SAMPLES", "-1"), "ERR syntax error"),
    (("MEMORY", "USAGE", "k", "FOO", "1"), "ERR syntax error"),
    (
        ("MEMORY", "USAGE", "k", "SAMPLES", "x"),
        "ERR value is not an integer or out of range",
    ),
    (("MEMORY", "PURGE"), b"OK"),
    (("DEBUG",), WRONG.format("debug")),
    (
        ("DEBUG", "FOO"),
        "ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.",
    ),
    (("DEBUG", "SLEEP", "0"), b"OK"),
    (("DEBUG", "OBJECT", "nosuch"), "ERR no such key"),
    (("DEBUG", "SET-ACTIVE-EXPIRE", "1"), b"OK"),
    (("DEBUG", "ERROR", "MYERR foo"), "MYERR foo"),
    (("DEBUG", "PROTOCOL", "double"), b"3.141"),
    (("DEBUG", "PROTOCOL", "map"), [0, 0, 1, 1, 2, 0]),
    (("DEBUG", "DIGEST"), b"0" * 40),
    (("MODULE", "LIST"), []),
    (("INFO", "nosuch"), b""),
    (("LOLWUT", "VERSION", "x"), "ERR value is not an integer or out of range"),
]


def named(value: object) -> str:
    return " ".join(value)[:60] if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("words", "reply"), REPLIES, ids=named)
def test_a_reply_of_the_server_commands(wire: Wire, words: tuple[str, ...], reply: Any) -> None:
    answer = wire(*words)
    assert (str(answer) if isinstance(reply, str) else answer) == reply


def facts(wire: Wire, *sections: str) -> dict[str, str]:
    lines = wire("INFO", *sections).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if line and not line.startswith("#"))


def headings(wire: Wire, *sections: str) -> list[str]:
    return [
        line[2:] for line in wire("INFO", *sections).decode().splitlines() if line.startswith("# ")
    ]


def test_info_has_the_servers_sections_in_its_order(wire: Wire) -> None:
    default = (
        "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster"
        " Keyspace"
    ).split()
    everything = [*default[:8], "Commandstats", "Errorstats", "Latencystats", *default[9:]]
    assert headings(wire) == default
    assert headings(wire, "default") == default
    assert headings(wire, "all") == everything
    assert headings(wire, "everything") == everything
    assert headings(wire, "KEYSPACE", "cpu") == ["CPU", "Keyspace"]


def test_info_tells_which_server_it_is(server: Server, wire: Wire) -> None:
    told = facts(wire, "server")
    if server.line == "redis":
        assert told["redis_version"] == "7.0.15"
    else:
        assert (told["redis_version"], told["valkey_version"]) == ("7.2.4", "8.0.1")
        assert told["server_name"] == "valkey"
    assert told["redis_mode" if server.line == "redis" else "server_mode"] == "standalone"
    assert told["tcp_port"] == str(server.port)
    assert len(told["run_id"]) == 40


@pytest.mark.targets("mock", "valkey")  # both are Valkey 8.0
def test_info_has_every_field_that_valkey_has(wire: Wire) -> None:
    """The list was read from Valkey 8.0.1 itself, sections whose fields depend on use left out."""
    assert sorted(facts(wire, *FIELDS)) == sorted(
        field for fields in FIELDS.values() for field in fields.split()
    )


def test_info_counts_clients(connect: Connect) -> None:
    wire, blocked, watching = connect(), connect(), connect()
    watching("WATCH", "k")
    blocked("PING")
    before = int(facts(wire, "clients")["connected_clients"])
    blocked.send("BLPOP", "l", 0)
    while facts(wire, "clients")["blocked_clients"] != "1":
        pass
    assert int(facts(wire, "clients")["connected_clients"]) == before
    connect()("PING")
    assert int(facts(wire, "clients")["connected_clients"]) == before + 1


def test_info_tells_of_the_keyspace(wire: Wire) -> None:
    assert facts(wire, "keyspace") == {}
    wire("MSET", "a", 1, "b", 2)
    wire("EXPIRE", "a", 1000)
    wire("SELECT", 3)
    wire("SET", "c", 1)
    told = facts(wire, "keyspace")
    assert list(told) == ["db0", "db3"]
    assert told["db0"].startswith("keys=2,expires=1,avg_ttl=")
    assert told["db3"].startswith("keys=1,expires=0,avg_ttl=0")


def test_info_counts_calls_and_errors(wire: Wire) -> None:
    wire("CONFIG", "RESETSTAT")
    wire("SET", "k", "x")
    wire("GET", "k")
    wire("LPUSH", "k", 1)
    wire("GET", "a", "b")
    wire("NOSUCH")
    wire("CLIENT", "GETNAME")
    told = facts(wire, "commandstats")
    assert told["cmdstat_set"].startswith("calls=1,usec=")
    assert told["cmdstat_lpush"].endswith("rejected_calls=0,failed_calls=1")
    assert told["cmdstat_get"].endswith("rejected_calls=1,failed_calls=0")
    assert "cmdstat_client|getname" in told
    assert facts(wire, "errorstats") == {
        "errorstat_ERR": "count=2",
        "errorstat_WRONGTYPE": "count=1",
    }
    assert facts(wire, "stats")["total_error_replies"] == "3"
    assert "latency_percentiles_usec_set" in facts(wire, "latencystats")


@pytest.mark.parametrize(
    ("returned", "failed", "counted"),
    [
        ("redis.error_reply('MY own')", 1, {"MY": 1}),
        ("{redis.error_reply('MY own'), {redis.error_reply('HIS too')}}", 1, {"MY": 1, "HIS": 1}),
        ("{{err='MY own'}, 1}", 1, {"MY": 1}),
        ("redis.pcall('LPUSH', KEYS[1], 'x')", 1, {"WRONGTYPE": 1}),
        ("{redis.pcall('LPUSH', KEYS[1], 'x'), redis.pcall('GET')}", 2, {"WRONGTYPE": 1, "ERR": 1}),
        ("{redis.pcall('GET'), {err='MY own'}, {err='MY own'}}", 2, {"ERR": 1, "MY": 2}),
        ("{redis.pcall('LPUSH', KEYS[1], 'x')['err'], 1}", 0, {"WRONGTYPE": 1}),
    ],
)
@pytest.mark.parametrize("command", ["EVAL", "EVALSHA_RO", "FCALL"])
def test_info_counts_the_errors_within_the_reply_of_a_script(
    wire: Wire, command: str, returned: str, failed: int, counted: dict[str, int]
) -> None:
    code = f"return {returned}"
    if command == "FCALL":
        function = f"function(KEYS) {code} end"
        wire("FUNCTION", "LOAD", f"#!lua name=l\nredis.register_function('f', {function})")
        code = "f"
    elif command == "EVALSHA_RO":
        code = code.replace("'LPUSH', KEYS[1], 'x'", "'LRANGE', KEYS[1], 0, 1")
        code = wire("SCRIPT", "LOAD", code)
    wire("SET", "k", "x")
    wire("CONFIG", "RESETSTAT")

    wire(command, code, 1, "k")
    stats = facts(wire, "commandstats")[f"cmdstat_{command.lower()}"]
    assert stats.endswith(f"rejected_calls=0,failed_calls={failed}")
    errors = {f"errorstat_{code}": f"count={count}" for code, count in counted.items()}
    assert facts(wire, "errorstats") == errors

    wire(command, code, 1, "k")  # each time anew
    stats = facts(wire, "commandstats")[f"cmdstat_{command.lower()}"]
    assert stats.endswith(f"failed_calls={2 * failed}")


def test_info_is_a_verbatim_string_in_resp3(connect: Connect) -> None:
    wire = connect(protocol=3)
    assert b"role:master" in wire("INFO", "replication")


def test_time_is_two_words(wire: Wire) -> None:
    seconds, microseconds = wire("TIME")
    assert int(seconds) > 1_700_000_000
    assert 0 <= int(microseconds) < 1_000_000


def test_swapdb_exchanges_two_databases(wire: Wire) -> None:
    wire("SET", "k", "zero")
    assert wire("SWAPDB", 0, 1) == b"OK"
    assert wire("GET", "k") is None
    wire("SELECT", 1)
    assert wire("GET", "k") == b"zero"


def test_flushdb_leaves_other_databases_alone(wire: Wire) -> None:
    wire("SET", "k", 1)
    wire("SELECT", 1)
    wire("SET", "k", 1)
    assert wire("FLUSHDB") == b"OK"
    assert wire("DBSIZE") == 0
    wire("SELECT", 0)
    assert wire("DBSIZE") == 1
    wire("FLUSHALL")
    assert wire("DBSIZE") == 0


def test_role_is_a_primary_without_replicas(wire: Wire) -> None:
    role, offset, replicas = wire("ROLE")
    assert (role, replicas) == (b"master", [])
    assert isinstance(offset, int)


def test_save_is_noted(wire: Wire) -> None:
    wire("SET", "k", 1)
    assert wire("SAVE") == b"OK"
    assert facts(wire, "persistence")["rdb_changes_since_last_save"] == "0"
    wire("SET", "k", 2)
    assert facts(wire, "persistence")["rdb_changes_since_last_save"] == "1"
    wire("MULTI")
    assert str(wire("SAVE")) == "ERR Command not allowed inside a transaction"


def test_lolwut_ends_with_the_version(server: Server, wire: Wire) -> None:
    version = "7.0.15" if server.line == "redis" else "8.0.1"
    assert wire("LOLWUT").decode().endswith(f"Redis ver. {version}\n")


def test_monitor_shows_what_is_performed(connect: Connect) -> None:
    monitor, wire = connect(), connect()
    address = wire("CLIENT", "INFO").split()[1].removeprefix(b"addr=").decode()
    assert address == wire.address.decode()
    assert monitor("MONITOR") == b"OK"
    wire("SELECT", 2)
    wire("SET", "k", b'a"\n\x00\xff\\\t z')
    wire("MULTI")
    wire("GET", "k")
    wire("EXEC")
    wire("NOSUCH")
    wire("GET")
    wire("CONFIG", "GET", "hz")
    wire("AUTH", "user", "secret")
    wire("EVAL", "return redis.call('get', KEYS[1])", 1, "k")
    wire("PING")

    lines = [monitor.read_of(wire).decode() for _ in range(9)]
    assert [line.split("] ", 1)[1] for line in lines] == [
        '"SELECT" "2"',
        r'"SET" "k" "a\"\n\x00\xff\\\t z"',
        '"MULTI"',
        '"GET" "k"',
        '"EXEC"',
        '"AUTH" "(redacted)" "(redacted)"',
        """"EVAL" "return redis.call('get', KEYS[1])" "1" "k\"""",
        '"get" "k"',
        '"PING"',
    ]
    assert all(f"[2 {address}]" in line for line in lines[:7])
    assert "[2 lua]" in lines[7]


def test_a_monitor_does_not_touch_keys(wire: Wire) -> None:
    wire("MONITOR")
    refused = "ERR Replica can't interact with the keyspace"
    assert str(wire("SET", "k", 1)) == refused
    assert str(wire("GET", "k")) == refused
    wire.send("PING")
    assert wire.read_of(wire) == b"PONG"
    assert b'"PING"' in wire.read_of(wire)
    wire.send("RESET")
    assert wire.read_of(wire) == b"RESET"
    assert wire("SET", "k", 1) == b"OK"


def test_the_slow_log_keeps_what_took_long(connect: Connect) -> None:
    wire = connect()
    wire("CLIENT", "SETNAME", "me")
    wire("CONFIG", "SET", "slowlog-log-slower-than", 0, "slowlog-max-len", 2)
    wire("SET", "k", "x" * 200)
    wire("MGET", *[f"k{number}" for number in range(40)])
    wire("CONFIG", "SET", "slowlog-log-slower-than", -1)

    mget, set_ = wire("SLOWLOG", "GET")
    assert mget[3][:2] == [b"MGET", b"k0"]
    assert (len(mget[3]), mget[3][-1]) == (32, b"... (10 more arguments)")
    assert set_[3] == [b"SET", b"k", b"x" * 128 + b"... (72 more bytes)"]
    assert mget[0] == set_[0] + 1
    assert set_[5] == b"me"
    assert set_[4].startswith(b"127.0.0.1:")
    assert wire("SLOWLOG", "LEN") == 2
    assert wire("SLOWLOG", "GET", 1) == [mget]
    assert wire("SLOWLOG", "GET", -1) == [mget, set_]
    assert wire("SLOWLOG", "RESET") == b"OK"
    assert wire("SLOWLOG", "LEN") == 0


def test_latency_doctor_with_nothing_to_tell(wire: Wire, server: Server) -> None:
    redis, name = server.line == "redis", server.line.capitalize()
    disabled = (
        "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this"
        f' {name} instance. You may use "CONFIG SET latency-monitor-threshold <milliseconds>." in'
        " order to enable it."
    )
    if redis:
        disabled += (
            " If we weren't in a deep space mission I'd suggest to take a look at"
            " https://redis.io/topics/latency-monitor."
        )
    assert wire("LATENCY", "DOCTOR") == f"{disabled}\n".encode()

    wire("CONFIG", "SET", "latency-monitor-threshold", 1_000)

    spike = f"latency spike was observed during the lifetime of this {name} instance"
    calm = (
        " I honestly think you ought to sit down calmly, take a stress pill, and think things over."
    )
    quiet = f"{'Dave, no' if redis else 'No'} {spike}, not in the slightest bit.{calm * redis}\n"
    assert wire("LATENCY", "DOCTOR") == quiet.encode()


def test_latency_remembers_spikes(wire: Wire) -> None:
    wire("CONFIG", "SET", "latency-monitor-threshold", 1)
    wire("DEBUG", "SLEEP", "0.01")
    ((event, at, latest, worst),) = wire("LATENCY", "LATEST")
    assert event == b"command"
    assert latest == worst >= 10
    assert wire("LATENCY", "HISTORY", "command") == [[at, latest]]
    assert b"command" in wire("LATENCY", "DOCTOR") or b"command" in wire("LATENCY", "GRAPH", event)
    assert wire("LATENCY", "RESET", "command", "none") == 1
    assert wire("LATENCY", "LATEST") == []


def test_latency_histograms_count_calls(connect: Connect) -> None:
    wire = connect(protocol=3)
    wire("CONFIG", "RESETSTAT")
    for _ in range(3):
        wire("SET", "k", 1)
    told = wire("LATENCY", "HISTOGRAM", "set", "get")
    assert list(told) == [b"set"]
    assert told[b"set"][b"calls"] == 3
    assert max(told[b"set"][b"histogram_usec"].values()) == 3


def test_memory_usage_grows_with_the_value(wire: Wire) -> None:
    wire("SET", "small", "x")
    wire("SET", "big", "x" * 10_000)
    wire("RPUSH", "list", *["x" * 100] * 200)
    small, big, several = (wire("MEMORY", "USAGE", key) for key in ("small", "big", "list"))
    assert 40 <= small <= 100
    assert 10_000 <= big <= 13_000
    assert 20_000 <= several <= 35_000


def test_memory_stats_is_a_map_of_known_fields(wire3: Wire) -> None:
    wire3("SET", "k", 1)
    told = wire3("MEMORY", "STATS")
    assert told[b"keys.count"] == 1
    assert isinstance(told[b"dataset.percentage"], float)
    assert {b"peak.allocated", b"total.allocated", b"startup.allocated", b"db.0"} <= set(told)


def test_memory_stats_tells_what_scripts_and_functions_take(wire3: Wire) -> None:
    wire3("SCRIPT", "FLUSH")
    wire3("FUNCTION", "FLUSH")
    empty = wire3("MEMORY", "STATS")
    assert empty[b"lua.caches"] == 0
    wire3("SCRIPT", "LOAD", "return 'one'")
    wire3("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() end)")
    told = wire3("MEMORY", "STATS")
    assert told[b"lua.caches"] > 0
    assert told[b"functions.caches"] > empty[b"functions.caches"]
    wire3("SCRIPT", "FLUSH")
    wire3("FUNCTION", "FLUSH")
    after = wire3("MEMORY", "STATS")
    assert after[b"lua.caches"] == 0
    assert after[b"functions.caches"] == empty[b"functions.caches"]


def test_debug_populate_makes_keys(wire: Wire) -> None:
    assert wire("DEBUG", "POPULATE", 3) == b"OK"
    assert wire("MGET", "key:0", "key:2", "key:3") == [b"value:0", b"value:2", None]
    assert wire("DEBUG", "POPULATE", 2, "foo", 5) == b"OK"
    assert wire("GET", "foo:1") == b"value"


def test_debug_digest_is_equal_for_equal_data(wire: Wire) -> None:
    wire("SADD", "s", "a", "b")
    first = wire("DEBUG", "DIGEST")
    wire("FLUSHALL")
    wire("SADD", "s", "b", "a")
    assert wire("DEBUG", "DIGEST") == first
    wire("SADD", "s", "c")
    assert wire("DEBUG", "DIGEST") != first


def test_debug_object_tells_of_the_encoding(wire: Wire) -> None:
    wire("SET", "k", "v")
    assert b"encoding:embstr" in wire("DEBUG", "OBJECT", "k")


def test_keys_can_be_kept_from_expiring_by_themselves(wire: Wire) -> None:
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 0)
    wire("SET", "k", 1, "PX", 1)
    wire("DEBUG", "SLEEP", "0.3")
    assert wire("DBSIZE") == 1
    assert wire("GET", "k") is None
    assert wire("DBSIZE") == 0
    wire("DEBUG", "SET-ACTIVE-EXPIRE", 1)


FIELDS = {
    "server": """
        redis_version server_name valkey_version redis_git_sha1 redis_git_dirty
        redis_build_id server_mode os arch_bits monotonic_clock multiplexing_api gcc_version
        process_id process_supervised run_id tcp_port server_time_usec uptime_in_seconds
        uptime_in_days hz configured_hz lru_clock executable config_file io_threads_active
        availability_zone listener0
    """,
    "clients": """
        connected_clients cluster_connections maxclients client_recent_max_input_buffer
        client_recent_max_output_buffer blocked_clients tracking_clients pubsub_clients
        watching_clients clients_in_timeout_table total_watched_keys total_blocking_keys
        total_blocking_keys_on_nokey
    """,
    "memory": """
        used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak
        used_memory_peak_human used_memory_peak_perc used_memory_overhead
        used_memory_startup used_memory_dataset used_memory_dataset_perc allocator_allocated
        allocator_active allocator_resident allocator_muzzy total_system_memory
        total_system_memory_human used_memory_lua used_memory_vm_eval used_memory_lua_human
        used_memory_scripts_eval number_of_cached_scripts number_of_functions
        number_of_libraries used_memory_vm_functions used_memory_vm_total
        used_memory_vm_total_human used_memory_functions used_memory_scripts
        used_memory_scripts_human maxmemory maxmemory_human maxmemory_policy
        allocator_frag_ratio allocator_frag_bytes allocator_rss_ratio allocator_rss_bytes
        rss_overhead_ratio rss_overhead_bytes mem_fragmentation_ratio
        mem_fragmentation_bytes mem_not_counted_for_evict mem_replication_backlog
        mem_total_replication_buffers mem_clients_slaves mem_clients_normal
        mem_cluster_links mem_aof_buffer mem_allocator mem_overhead_db_hashtable_rehashing
        active_defrag_running lazyfree_pending_objects lazyfreed_objects
    """,
    "persistence": """
        loading async_loading current_cow_peak current_cow_size current_cow_size_age
        current_fork_perc current_save_keys_processed current_save_keys_total
        rdb_changes_since_last_save rdb_bgsave_in_progress rdb_last_save_time
        rdb_last_bgsave_status rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec
        rdb_saves rdb_last_cow_size rdb_last_load_keys_expired rdb_last_load_keys_loaded
        aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec
        aof_current_rewrite_time_sec aof_last_bgrewrite_status aof_rewrites
        aof_rewrites_consecutive_failures aof_last_write_status aof_last_cow_size
        module_fork_in_progress module_fork_last_cow_size
    """,
    "stats": """
        total_connections_received total_commands_processed instantaneous_ops_per_sec
        total_net_input_bytes total_net_output_bytes total_net_repl_input_bytes
        total_net_repl_output_bytes instantaneous_input_kbps instantaneous_output_kbps
        instantaneous_input_repl_kbps instantaneous_output_repl_kbps rejected_connections
        sync_full sync_partial_ok sync_partial_err expired_keys expired_stale_perc
        expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys
        evicted_clients evicted_scripts total_eviction_exceeded_time
        current_eviction_exceeded_time keyspace_hits keyspace_misses pubsub_channels
        pubsub_patterns pubsubshard_channels latest_fork_usec total_forks
        migrate_cached_sockets slave_expires_tracked_keys active_defrag_hits
        active_defrag_misses active_defrag_key_hits active_defrag_key_misses
        total_active_defrag_time current_active_defrag_time tracking_total_keys
        tracking_total_items tracking_total_prefixes unexpected_error_replies
        total_error_replies dump_payload_sanitizations total_reads_processed
        total_writes_processed io_threaded_reads_processed io_threaded_writes_processed
        io_threaded_freed_objects io_threaded_poll_processed
        io_threaded_total_prefetch_batches io_threaded_total_prefetch_entries
        client_query_buffer_limit_disconnections client_output_buffer_limit_disconnections
        reply_buffer_shrinks reply_buffer_expands eventloop_cycles eventloop_duration_sum
        eventloop_duration_cmd_sum instantaneous_eventloop_cycles_per_sec
        instantaneous_eventloop_duration_usec acl_access_denied_auth acl_access_denied_cmd
        acl_access_denied_key acl_access_denied_channel
    """,
    "replication": """
        role connected_slaves replicas_waiting_psync master_failover_state master_replid
        master_replid2 master_repl_offset second_repl_offset repl_backlog_active
        repl_backlog_size repl_backlog_first_byte_offset repl_backlog_histlen
    """,
    "cpu": """
        used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children
        used_cpu_sys_main_thread used_cpu_user_main_thread
    """,
    "cluster": """
        cluster_enabled
    """,
}
