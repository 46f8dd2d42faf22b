"""Routes of the list commands; those that wait travel on a borrowed connection."""

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.plan import Lane, Plan
from adapter.translate.table import Table, custom

lists = Table()

lists.row("BLMOVE", RequestType.BLMove, lane=Lane.BLOCKING)
lists.row("BLMPOP", RequestType.BLMPop, raw.elements_of_one, lane=Lane.BLOCKING)
lists.row("BLPOP", RequestType.BLPop, lane=Lane.BLOCKING)
lists.row("BRPOP", RequestType.BRPop, lane=Lane.BLOCKING)
lists.row("LINDEX", RequestType.LIndex)
lists.row("LINSERT", RequestType.LInsert)
lists.row("LLEN", RequestType.LLen)
lists.row("LMOVE", RequestType.LMove)
lists.row("LMPOP", RequestType.LMPop, raw.elements_of_one)
lists.row("LPOP", RequestType.LPop)
lists.row("LPOS", RequestType.LPos)
lists.row("LPUSH", RequestType.LPush)
lists.row("LPUSHX", RequestType.LPushX)
lists.row("LRANGE", RequestType.LRange)
lists.row("LREM", RequestType.LRem)
lists.row("LSET", RequestType.LSet)
lists.row("LTRIM", RequestType.LTrim)
lists.row("RPOP", RequestType.RPop)
lists.row("RPUSH", RequestType.RPush)
lists.row("RPUSHX", RequestType.RPushX)

lists.custom("LMOVEM", "newer than GLIDE's request types")
lists.custom("BLMOVEM", "newer than GLIDE's request types", lane=Lane.BLOCKING)


@lists.mapper("RPOPLPUSH")
def rpoplpush(words: list[bytes]) -> Plan:
    """LMOVE source destination RIGHT LEFT; GLIDE's own request type for the old spelling aborts."""
    if len(words) != 3:
        return custom(words, raw.plain)
    return Plan(words, (RequestType.LMove, [*words[1:], b"RIGHT", b"LEFT"]), raw.plain)


@lists.mapper("BRPOPLPUSH")
def brpoplpush(words: list[bytes]) -> Plan:
    """BLMOVE source destination RIGHT LEFT timeout."""
    if len(words) != 4:
        return custom(words, raw.plain, Lane.BLOCKING)
    source, destination, timeout = words[1:]
    native = (RequestType.BLMove, [source, destination, b"RIGHT", b"LEFT", timeout])
    return Plan(words, native, raw.plain, Lane.BLOCKING)
