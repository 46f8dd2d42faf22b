"""Routes of the stream commands; XREAD waits only if BLOCK stands among its options."""

from glide_shared.request_type import RequestType

from adapter.translate import blocking, hazards, raw
from adapter.translate.plan import Lane, Plan
from adapter.translate.table import Table

streams = Table()

streams.row("XACK", RequestType.XAck)
streams.row("XADD", RequestType.XAdd)
streams.row("XAUTOCLAIM", RequestType.XAutoClaim, raw.autoclaimed)
streams.row("XCLAIM", RequestType.XClaim, raw.entries, unless=hazards.misled_by(b"JUSTID", 5, 6))
streams.row("XDEL", RequestType.XDel)
streams.row("XGROUP CREATE", RequestType.XGroupCreate)
streams.row("XGROUP CREATECONSUMER", RequestType.XGroupCreateConsumer, raw.flag)
streams.row("XGROUP DELCONSUMER", RequestType.XGroupDelConsumer)
streams.row("XGROUP DESTROY", RequestType.XGroupDestroy, raw.flag)
streams.row("XGROUP SETID", RequestType.XGroupSetId)
streams.row("XINFO CONSUMERS", RequestType.XInfoConsumers)
streams.row("XINFO GROUPS", RequestType.XInfoGroups)
streams.row(
    "XINFO STREAM", RequestType.XInfoStream, raw.facts, unless=hazards.misled_by(b"FULL", 3, 3)
)
streams.row("XLEN", RequestType.XLen)
streams.row("XPENDING", RequestType.XPending)
streams.row("XRANGE", RequestType.XRange, raw.entries)
streams.row("XREVRANGE", RequestType.XRevRange, raw.entries)
streams.row("XTRIM", RequestType.XTrim)

streams.custom("XSETID", "its request type aborts the process")
streams.custom("XACKDEL, XCFGSET, XDELEX, XIDMPRECORD, XNACK", "newer than GLIDE's request types")
streams.custom("XGROUP HELP, XINFO HELP", "GLIDE has no request types for help texts")


def _reads(words: list[bytes], request_type: int) -> Plan:
    lane = Lane.BLOCKING if blocking.block_at(words) else Lane.SHARED
    return Plan(words, (request_type, words[1:]), raw.streams, lane)


@streams.mapper("XREAD")
def xread(words: list[bytes]) -> Plan:
    """On a borrowed connection, if it may wait."""
    return _reads(words, RequestType.XRead)


@streams.mapper("XREADGROUP")
def xreadgroup(words: list[bytes]) -> Plan:
    """On a borrowed connection, if it may wait."""
    return _reads(words, RequestType.XReadGroup)
