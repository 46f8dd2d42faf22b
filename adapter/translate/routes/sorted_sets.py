"""Routes of the sorted-set commands; scores come as dicts from some and as pairs from others."""

from glide_shared.request_type import RequestType

from adapter.translate import hazards, raw
from adapter.translate.plan import Lane
from adapter.translate.table import Table

sorted_sets = Table()

_withscores_among_keys = hazards.misled_with_numkeys(b"WITHSCORES")

sorted_sets.row("BZMPOP", RequestType.BZMPop, raw.popped_from_one, lane=Lane.BLOCKING)
sorted_sets.row("BZPOPMAX", RequestType.BZPopMax, lane=Lane.BLOCKING)
sorted_sets.row("BZPOPMIN", RequestType.BZPopMin, lane=Lane.BLOCKING)
sorted_sets.row("ZADD", RequestType.ZAdd, raw.added)
sorted_sets.row("ZCARD", RequestType.ZCard)
sorted_sets.row("ZCOUNT", RequestType.ZCount)
sorted_sets.row("ZDIFF", RequestType.ZDiff, raw.combined, unless=_withscores_among_keys)
sorted_sets.row("ZDIFFSTORE", RequestType.ZDiffStore)
sorted_sets.row("ZINCRBY", RequestType.ZIncrBy)
sorted_sets.row("ZINTER", RequestType.ZInter, raw.combined, unless=_withscores_among_keys)
sorted_sets.row("ZINTERCARD", RequestType.ZInterCard)
sorted_sets.row("ZINTERSTORE", RequestType.ZInterStore)
sorted_sets.row("ZLEXCOUNT", RequestType.ZLexCount)
sorted_sets.row("ZMPOP", RequestType.ZMPop, raw.popped_from_one)
sorted_sets.row("ZMSCORE", RequestType.ZMScore)
sorted_sets.row("ZPOPMAX", RequestType.ZPopMax, raw.popped)
sorted_sets.row("ZPOPMIN", RequestType.ZPopMin, raw.popped)
sorted_sets.row(
    "ZRANDMEMBER", RequestType.ZRandMember, unless=hazards.misled_by(b"WITHSCORES", 3, 2)
)
sorted_sets.row(
    "ZRANGE", RequestType.ZRange, raw.scored, unless=hazards.misled_by(b"WITHSCORES", 4, 4)
)
sorted_sets.row("ZRANGEBYLEX", RequestType.ZRangeByLex)
sorted_sets.row("ZRANGEBYSCORE", RequestType.ZRangeByScore, raw.scored)
sorted_sets.row("ZRANGESTORE", RequestType.ZRangeStore)
sorted_sets.row("ZRANK", RequestType.ZRank, unless=hazards.misled_by(b"WITHSCORE", 3, 3, 3))
sorted_sets.row("ZREM", RequestType.ZRem)
sorted_sets.row("ZREMRANGEBYLEX", RequestType.ZRemRangeByLex)
sorted_sets.row("ZREMRANGEBYRANK", RequestType.ZRemRangeByRank)
sorted_sets.row("ZREMRANGEBYSCORE", RequestType.ZRemRangeByScore)
sorted_sets.row("ZREVRANGE", RequestType.ZRevRange, raw.scored)
sorted_sets.row("ZREVRANGEBYLEX", RequestType.ZRevRangeByLex)
sorted_sets.row("ZREVRANGEBYSCORE", RequestType.ZRevRangeByScore, raw.scored)
sorted_sets.row("ZREVRANK", RequestType.ZRevRank, unless=hazards.misled_by(b"WITHSCORE", 3, 3, 3))
sorted_sets.row("ZSCAN", RequestType.ZScan)
sorted_sets.row("ZSCORE", RequestType.ZScore)
sorted_sets.row("ZUNION", RequestType.ZUnion, raw.combined, unless=_withscores_among_keys)
sorted_sets.row("ZUNIONSTORE", RequestType.ZUnionStore)
