"""Routes of the set commands; GLIDE makes Python sets of what redis-py reads as lists first."""

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.table import Table

sets = Table()

sets.row("SADD", RequestType.SAdd)
sets.row("SCARD", RequestType.SCard)
sets.row("SDIFF", RequestType.SDiff, raw.members)
sets.row("SDIFFSTORE", RequestType.SDiffStore)
sets.row("SINTER", RequestType.SInter, raw.members)
sets.row("SINTERCARD", RequestType.SInterCard)
sets.row("SINTERSTORE", RequestType.SInterStore)
sets.row("SISMEMBER", RequestType.SIsMember, raw.flag)
sets.row("SMEMBERS", RequestType.SMembers, raw.members)
sets.row("SMISMEMBER", RequestType.SMIsMember, raw.flags)
sets.row("SMOVE", RequestType.SMove, raw.flag)
sets.row("SPOP", RequestType.SPop, raw.members)
sets.row("SRANDMEMBER", RequestType.SRandMember)
sets.row("SREM", RequestType.SRem)
sets.row("SSCAN", RequestType.SScan)
sets.row("SUNION", RequestType.SUnion, raw.members)
sets.row("SUNIONSTORE", RequestType.SUnionStore)

sets.custom("SDIFFCARD, SUNIONCARD", "newer than GLIDE's request types")
