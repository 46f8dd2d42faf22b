"""Routes of the commands that run the server: configuration, persistence, statistics ..."""

from glide_shared.request_type import RequestType

from adapter.translate import blocking, introspection, raw
from adapter.translate.plan import Lane, Plan
from adapter.translate.table import Table, by_script, custom

server = Table()

server.row("BGREWRITEAOF", RequestType.BgRewriteAof)
server.row("BGSAVE", RequestType.BgSave)
server.row("CONFIG GET", RequestType.ConfigGet)
server.row("CONFIG RESETSTAT", RequestType.ConfigResetStat)
server.row("CONFIG REWRITE", RequestType.ConfigRewrite)
server.row("CONFIG SET", RequestType.ConfigSet)
server.row("DBSIZE", RequestType.DBSize)
server.row("FLUSHALL", RequestType.FlushAll, lane=Lane.SLOW)
server.row("FLUSHDB", RequestType.FlushDB, lane=Lane.SLOW)
server.row("INFO", RequestType.Info)
server.row("LASTSAVE", RequestType.LastSave)
server.row("LATENCY DOCTOR", RequestType.LatencyDoctor)
server.row("LATENCY GRAPH", RequestType.LatencyGraph)
server.row("LATENCY HISTOGRAM", RequestType.LatencyHistogram, introspection.histograms)
server.row("LATENCY HISTORY", RequestType.LatencyHistory)
server.row("LATENCY LATEST", RequestType.LatencyLatest)
server.row("LATENCY RESET", RequestType.LatencyReset)
server.row("MEMORY DOCTOR", RequestType.MemoryDoctor)
server.row("MEMORY MALLOC-STATS", RequestType.MemoryMallocStats)
server.row("MEMORY PURGE", RequestType.MemoryPurge)
server.row("MEMORY STATS", RequestType.MemoryStats)
server.row("MEMORY USAGE", RequestType.MemoryUsage)
server.row("MODULE LIST", RequestType.ModuleList, raw.list_of_facts)
server.row("MODULE LOAD", RequestType.ModuleLoad)
server.row("MODULE LOADEX", RequestType.ModuleLoadEx)
server.row("MODULE UNLOAD", RequestType.ModuleUnload)
server.row("REPLCONF", RequestType.ReplConf, lane=Lane.SESSION)
server.row("REPLICAOF", RequestType.ReplicaOf)
server.row("ROLE", RequestType.Role)
server.row("SAVE", RequestType.Save, lane=Lane.SLOW)
server.row("SLAVEOF", RequestType.SlaveOf)
server.row("SLOWLOG GET", RequestType.SlowLogGet)
server.row("SLOWLOG LEN", RequestType.SlowLogLen)
server.row("SLOWLOG RESET", RequestType.SlowLogReset)
server.row("SWAPDB", RequestType.SwapDb)
server.row("TIME", RequestType.Time)

server.row("FAILOVER", RequestType.FailOver, lane=Lane.SESSION)
server.row("SHUTDOWN", RequestType.ShutDown, lane=Lane.BLOCKING)

# over RESP3 these have sets of maps or arrays, which no Python set can hold, or whose order would
# be lost
server.row("COMMAND", RequestType.Command_, introspection.command_info, lane=Lane.PLAIN)
server.row("COMMAND DOCS", RequestType.CommandDocs, introspection.command_docs, lane=Lane.PLAIN)
server.row("COMMAND GETKEYSANDFLAGS", RequestType.CommandGetKeysAndFlags, raw.deep, lane=Lane.PLAIN)
server.row("COMMAND INFO", RequestType.CommandInfo, introspection.command_info, lane=Lane.PLAIN)
server.row("COMMAND COUNT", RequestType.CommandCount)
server.row("COMMAND GETKEYS", RequestType.CommandGetKeys)
server.row("COMMAND LIST", RequestType.CommandList)


@server.mapper("DEBUG")
def _debug(words: list[bytes]) -> Plan:
    # DEBUG PROTOCOL shows what GLIDE cannot carry over RESP3
    sleeps = len(words) > 1 and words[1].upper() == b"SLEEP"
    return custom(words, lane=Lane.SLOW if sleeps else Lane.PLAIN)


server.customs["DEBUG"] = "GLIDE has no request type for it"

server.custom(
    "COMMANDLOG GET, COMMANDLOG LEN, COMMANDLOG RESET, "
    "HOTKEYS GET, HOTKEYS RESET, HOTKEYS START, HOTKEYS STOP",
    "newer than GLIDE's request types",
)
server.custom(
    "COMMANDLOG HELP, CONFIG HELP, LATENCY HELP, MEMORY HELP, MODULE HELP, SLOWLOG HELP",
    "GLIDE has no request types for help texts",
)

server.refuse("MONITOR", "MONITOR takes its connection for itself; use monitor()")
for _name in ("SYNC", "PSYNC"):
    server.refuse(_name, f"{_name} makes a replica of the shared connection; use redis-py for it")


@server.mapper("COMMAND HELP")
def command_help(words: list[bytes]) -> Plan:
    """COMMAND has a request type of its own, which takes any subcommand."""
    return Plan(words, (RequestType.Command_, words[1:]), raw.deep)


@server.mapper("LOLWUT")
def lolwut(words: list[bytes]) -> Plan:
    """By script: GLIDE repaints the picture, which cannot be undone."""
    return by_script(words)


def _waits(words: list[bytes], request_type: int) -> Plan:
    """What it waits for was written through the same connection; another would vouch for nothing.

    Sent singly, GLIDE reads the limit itself, and fails where the server should refuse it.
    """
    lane = Lane.SHARED if blocking.blocking_seconds(words) is None else Lane.SESSION
    return Plan(words, (request_type, words[1:]), raw.plain, lane)


@server.mapper("WAIT")
def wait(words: list[bytes]) -> Plan:
    """Singly, on the shared connection."""
    return _waits(words, RequestType.Wait)


@server.mapper("WAITAOF")
def waitaof(words: list[bytes]) -> Plan:
    """Singly, on the shared connection."""
    return _waits(words, RequestType.WaitAof)
