"""LATENCY and MEMORY: what took long, and what takes room."""

from __future__ import annotations

from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.context import Context
from mock_backend.kernel.reports import info
from mock_backend.profile import Since
from mock_backend.replies import OK, Pairs, Reply, Verbatim
from mock_backend.schema import types
from mock_backend.schema.command import Command, Table
from mock_backend.store import sizes, sparkline

diagnostics = Table("server", "")
diagnostics.container(
    "LATENCY", since="2.8.13", summary="A container for latency diagnostics commands."
)
diagnostics.container(
    "MEMORY", since="4.0.0", summary="A container for memory diagnostics commands."
)

_HASH_TABLES: Final = Since("redis-7.4.0,valkey-8.0.0")
_FACTS_SINCE: Final = {
    b"overhead.db.hashtable.lut": _HASH_TABLES,
    b"overhead.db.hashtable.rehashing": _HASH_TABLES,
    b"db.dict.rehashing.count": _HASH_TABLES,
    b"allocator.muzzy": _HASH_TABLES,
    b"replica.fullsync.buffer": Since("redis-8.0.0"),
    b"script.VMs": Since("redis-8.0.0"),
    b"replicas.repl.buffer": Since("valkey-9.0.0"),
    b"cluster.slot_import": Since("valkey-9.0.0"),
    b"cluster.slot_export": Since("valkey-9.0.0"),
}
"""Facts of MEMORY STATS that not every server tells."""
_MISSION: Final = (
    " If we weren't in a deep space mission I'd suggest to take a look at"
    " https://redis.io/topics/latency-monitor."
)
_CALM: Final = (
    " I honestly think you ought to sit down calmly, take a stress pill, and think things over."
)
"""What LATENCY DOCTOR of Redis adds to the sentence that both lines have."""
_LITTLE_MEMORY: Final = 5 * 1024 * 1024
_SUMS: Final = Since("valkey-8.1.0")

_LATENCY: Final = "admin noscript loading stale"


@diagnostics.command("LATENCY LATEST", flags=_LATENCY, since="2.8.13", container="LATENCY")
def latency_latest(ctx: Context) -> Reply:
    """Returns the latest latency samples for all events.

    Reply: event, time, latest and worst; since Valkey 8.1 also the sum and how many there were.
    """
    observer = ctx.kernel.observer
    sums = ctx.kernel.profile.has(_SUMS)
    return [
        [event, *samples[-1], observer.worst[event], *(observer.totals[event] if sums else ())]
        for event, samples in observer.latencies.items()
    ]


@diagnostics.command("LATENCY HISTORY event", flags=_LATENCY, since="2.8.13", container="LATENCY")
def latency_history(ctx: Context, event: bytes) -> Reply:
    """Returns timestamp-latency samples for an event."""
    return [list(sample) for sample in ctx.kernel.observer.latencies.get(event, ())]


@diagnostics.command(
    "LATENCY RESET [event [event ...]]", flags=_LATENCY, since="2.8.13", container="LATENCY"
)
def latency_reset(ctx: Context, events: list[bytes]) -> Reply:
    """Resets the latency data for one or more events, or for all; returns how many there were."""
    observer = ctx.kernel.observer
    chosen = [event for event in events or list(observer.latencies) if event in observer.latencies]
    for event in dict.fromkeys(chosen):
        del observer.latencies[event]
        del observer.worst[event]
        del observer.totals[event]
    return len(dict.fromkeys(chosen))


@diagnostics.command("LATENCY GRAPH event", flags=_LATENCY, since="2.8.13", container="LATENCY")
def latency_graph(ctx: Context, event: bytes) -> Reply:
    """Returns a latency graph for an event: below each sample stands how long ago it was."""
    observer = ctx.kernel.observer
    samples = observer.latencies.get(event)
    if not samples:
        raise errors.err(f"No samples available for event '{errors.echo(event)}'")
    values = [milliseconds for _, milliseconds in samples]
    now = ctx.now // 1000
    head = (
        f"{errors.echo(event)} - high {max(values)} ms, low {min(values)} ms"
        f" (all time high {observer.worst[event]} ms)"
    )
    drawing = sparkline.draw([(value, _ago(now - at)) for at, value in samples])
    return Verbatim(f"{head}\n{'-' * 80}\n{drawing}".encode("utf-8", "surrogateescape"))


def _ago(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{max(0, seconds)}s"


@diagnostics.command("LATENCY DOCTOR", flags=_LATENCY, since="2.8.13", container="LATENCY")
def latency_doctor(ctx: Context) -> Reply:
    """Returns a human-readable latency analysis report."""
    profile = ctx.kernel.profile
    name, redis = profile.line.capitalize(), profile.line == "redis"
    observer = ctx.kernel.observer
    if not observer.latencies and not ctx.kernel.config.number("latency-monitor-threshold"):
        report = (
            "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this"
            f' {name} instance. You may use "CONFIG SET latency-monitor-threshold <milliseconds>."'
            f" in order to enable it.{_MISSION if redis else ''}\n"
        )
    elif not observer.latencies:
        report = (
            f"{'Dave, no' if redis else 'No'} latency spike was observed during the lifetime of"
            f" this {name} instance, not in the slightest bit.{_CALM if redis else ''}\n"
        )
    else:
        lines = [f"Latency spikes are observed in this {name} instance.", ""]
        for number, event in enumerate(observer.latencies, 1):
            lines.append(f"{number}. {event.decode()}: {_analysis(ctx, event)}")
        lines += ["", "SLOWLOG GET tells which calls took long."]
        report = "\n".join([*lines, ""])
    return Verbatim(report.encode())


def _analysis(ctx: Context, event: bytes) -> str:
    """Average, mean deviation and period, rounded as the server rounds them."""
    samples, worst = ctx.kernel.observer.latencies[event], ctx.kernel.observer.worst[event]
    count = len(samples)
    total = sum(milliseconds for _, milliseconds in samples)
    average = total // count
    deviation = sum(abs(average - milliseconds) for _, milliseconds in samples) // count
    period = max(1, ctx.now // 1000 - samples[0][0])
    return (
        f"{count} latency spikes (average {average}ms, mean deviation {deviation}ms,"
        f" period {period / count:.2f} sec). Worst all time event {worst}ms."
    )


@diagnostics.command(
    "LATENCY HISTOGRAM [command [command ...]]",
    flags=_LATENCY,
    since="7.0.0",
    container="LATENCY",
)
def latency_histogram(ctx: Context, commands: list[bytes]) -> Reply:
    """Returns the cumulative distribution of latencies of a subset or all commands.

    Reply: per command, its calls and a map of microseconds (powers of two) to calls so far.
    """
    chosen = (
        [command for name in commands for command in _named(ctx, name)]
        if commands
        else list(ctx.kernel.every_command())
    )
    return Pairs(
        [(command.name.encode(), _histogram(command)) for command in chosen if command.calls]
    )


def _named(ctx: Context, name: bytes) -> list[Command]:
    """The command, and with a container all of its subcommands."""
    container, _, sub = name.lower().partition(b"|")
    command = ctx.kernel.commands.get(container)
    if command is None:
        return []
    if sub:
        return [command.subcommands[sub]] if sub in command.subcommands else []
    return [command, *command.subcommands.values()]


def _histogram(command: Command) -> Pairs:
    seen = 0
    bars: dict[int, int] = {}
    for bits, count in enumerate(command.latencies):
        seen += count
        if count:
            microseconds = max(1, (1 << bits) // 1000)
            bars[1 << (microseconds - 1).bit_length()] = seen
    return Pairs([(b"calls", command.calls), (b"histogram_usec", Pairs(bars.items()))])


help_for(diagnostics, "LATENCY", since="2.8.13")


@diagnostics.command(
    "MEMORY USAGE key [arg ...]", flags="readonly", since="4.0.0", container="MEMORY"
)
def memory_usage(ctx: Context, key: bytes, args: list[bytes]) -> Reply:
    """Estimates the memory usage of a key."""
    samples = 5
    at = 0
    while at < len(args):
        if args[at].upper() != b"SAMPLES" or at + 1 >= len(args):
            raise errors.syntax()
        samples = types.integer(args[at + 1])
        if samples < 0:
            raise errors.syntax()
        at += 2
    value = ctx.db.lookup(key)
    return None if value is None else sizes.usage(key, value, samples)


@diagnostics.command("MEMORY DOCTOR", flags="", since="4.0.0", container="MEMORY")
def memory_doctor(ctx: Context) -> Reply:
    """Outputs a memory problems report.

    An estimate has no problems; below five megabytes the server does not look for any.
    """
    if info.used_memory(ctx.kernel) < _LITTLE_MEMORY:
        return Verbatim(
            b"Hi Sam, this instance is empty or is using very little memory, my issues detector"
            b" can't be used in these conditions. Please, leave for your mission on Earth and fill"
            b" it with some data. The new Sam and I will be back to our programming as soon as I"
            b" finished rebooting.\n"
        )
    return Verbatim(
        b"Hi Sam, I can't find any memory issue in your instance. I can only account for what"
        b" occurs on this base.\n"
    )


@diagnostics.command(
    "MEMORY PURGE", flags="loading@valkey-8.1.0", since="4.0.0", container="MEMORY"
)
def memory_purge(ctx: Context) -> Reply:
    """Asks the allocator to release memory."""
    return OK


@diagnostics.command(
    "MEMORY MALLOC-STATS", flags="loading@valkey-8.1.0", since="4.0.0", container="MEMORY"
)
def memory_malloc_stats(ctx: Context) -> Reply:
    """Returns the allocator's statistics; Python's has none to show."""
    return Verbatim(b"Stats not supported for the current allocator")


@diagnostics.command("MEMORY STATS", flags="", since="4.0.0", container="MEMORY")
def memory_stats(ctx: Context) -> Reply:
    """Returns details about memory usage."""
    kernel = ctx.kernel
    used = info.used_memory(kernel)
    peak = info.peak_memory(kernel, used)
    keys = sum(len(database) for database in kernel.space.databases)
    dataset = used - info.STARTUP_MEMORY
    per_database = [
        (
            b"db.%d" % database.number,
            Pairs(
                [
                    (b"overhead.hashtable.main", 48 * len(database)),
                    (b"overhead.hashtable.expires", 32 * len(database.expires)),
                ]
            ),
        )
        for database in kernel.space.databases
        if len(database)
    ]
    table = 48 * keys
    backlog = len(kernel.replication.backlog or b"")
    return Pairs(
        fact
        for fact in [
            (b"peak.allocated", peak),
            (b"total.allocated", used),
            (b"startup.allocated", info.STARTUP_MEMORY),
            (b"replication.backlog", backlog),
            (b"replica.fullsync.buffer", 0),
            (b"replicas.repl.buffer", 0),
            (b"clients.slaves", 0),
            (b"clients.normal", 2_000 * len(kernel.sessions)),
            (b"cluster.links", 0),
            (b"cluster.slot_import", 0),
            (b"cluster.slot_export", 0),
            (b"aof.buffer", 0),
            (b"lua.caches", kernel.evaluation.memory),
            (b"functions.caches", kernel.functions.memory),
            (b"script.VMs", kernel.evaluation.interpreter_memory),
            *per_database,
            (b"overhead.db.hashtable.lut", 8 * keys),
            (b"overhead.db.hashtable.rehashing", 0),
            (b"overhead.total", info.STARTUP_MEMORY + table),
            (b"db.dict.rehashing.count", 0),
            (b"keys.count", keys),
            (b"keys.bytes-per-key", dataset // keys if keys else 0),
            (b"dataset.bytes", max(0, dataset - table)),
            (b"dataset.percentage", 100.0 * max(0, dataset - table) / max(1, dataset)),
            (b"peak.percentage", 100.0 * used / peak),
            (b"allocator.allocated", used),
            (b"allocator.active", used),
            (b"allocator.resident", used),
            (b"allocator.muzzy", 0),
            (b"allocator-fragmentation.ratio", 1.0),
            (b"allocator-fragmentation.bytes", 0),
            (b"allocator-rss.ratio", 1.0),
            (b"allocator-rss.bytes", 0),
            (b"rss-overhead.ratio", 1.0),
            (b"rss-overhead.bytes", 0),
            (b"fragmentation", 1.0),
            (b"fragmentation.bytes", 0),
        ]
        if fact[0] not in _FACTS_SINCE or kernel.profile.has(_FACTS_SINCE[fact[0]])
    )


help_for(diagnostics, "MEMORY", since="4.0.0")
