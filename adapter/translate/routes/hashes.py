"""Routes of the hash commands, the fields' own expiry included."""

from glide_shared.request_type import RequestType

from adapter.translate import hazards, raw
from adapter.translate.table import Table

hashes = Table()

hashes.row("HDEL", RequestType.HDel)
hashes.row("HEXISTS", RequestType.HExists, raw.flag)
hashes.row("HEXPIRE", RequestType.HExpire)
hashes.row("HEXPIREAT", RequestType.HExpireAt)
hashes.row("HEXPIRETIME", RequestType.HExpireTime)
hashes.row("HGET", RequestType.HGet)
hashes.row("HGETALL", RequestType.HGetAll)
hashes.row("HGETEX", RequestType.HGetEx)
hashes.row("HINCRBY", RequestType.HIncrBy)
hashes.row("HINCRBYFLOAT", RequestType.HIncrByFloat, raw.number_text)
hashes.row("HKEYS", RequestType.HKeys)
hashes.row("HLEN", RequestType.HLen)
hashes.row("HMGET", RequestType.HMGet)
hashes.row("HMSET", RequestType.HMSet)
hashes.row("HPERSIST", RequestType.HPersist)
hashes.row("HPEXPIRE", RequestType.HPExpire)
hashes.row("HPEXPIREAT", RequestType.HPExpireAt)
hashes.row("HPEXPIRETIME", RequestType.HPExpireTime)
hashes.row("HPTTL", RequestType.HPTtl)
hashes.row("HRANDFIELD", RequestType.HRandField, unless=hazards.misled_by(b"WITHVALUES", 3, 2))
hashes.row("HSCAN", RequestType.HScan)
hashes.row("HSET", RequestType.HSet)
hashes.row("HSETEX", RequestType.HSetEx)
hashes.row("HSETNX", RequestType.HSetNX, raw.flag)
hashes.row("HSTRLEN", RequestType.HStrlen)
hashes.row("HTTL", RequestType.HTtl)
hashes.row("HVALS", RequestType.HVals)

hashes.custom(
    "HGETDEL, HIMPORT PREPARE, HIMPORT SET, HIMPORT DISCARD, HIMPORT DISCARDALL",
    "newer than GLIDE's request types",
)
