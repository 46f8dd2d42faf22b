"""Routes of the commands on keys of any type: expiry, copies, SCAN, SORT, OBJECT."""

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.plan import Lane
from adapter.translate.table import Table

keys = Table()

keys.row("COPY", RequestType.Copy, raw.flag)
keys.row("DEL", RequestType.Del)
keys.row("DUMP", RequestType.Dump)
keys.row("EXISTS", RequestType.Exists)
keys.row("EXPIRE", RequestType.Expire, raw.flag)
keys.row("EXPIREAT", RequestType.ExpireAt, raw.flag)
keys.row("EXPIRETIME", RequestType.ExpireTime)
keys.row("KEYS", RequestType.Keys, lane=Lane.SLOW)
keys.row("MIGRATE", RequestType.Migrate, lane=Lane.SLOW)
keys.row("MOVE", RequestType.Move, raw.flag)
keys.row("OBJECT ENCODING", RequestType.ObjectEncoding)
keys.row("OBJECT FREQ", RequestType.ObjectFreq)
keys.row("OBJECT IDLETIME", RequestType.ObjectIdleTime)
keys.row("OBJECT REFCOUNT", RequestType.ObjectRefCount)
keys.row("PERSIST", RequestType.Persist, raw.flag)
keys.row("PEXPIRE", RequestType.PExpire, raw.flag)
keys.row("PEXPIREAT", RequestType.PExpireAt, raw.flag)
keys.row("PEXPIRETIME", RequestType.PExpireTime)
keys.row("PTTL", RequestType.PTTL)
keys.row("RANDOMKEY", RequestType.RandomKey)
keys.row("RENAME", RequestType.Rename)
keys.row("RENAMENX", RequestType.RenameNX, raw.flag)
keys.row("RESTORE", RequestType.Restore)
keys.row("RESTORE-ASKING", RequestType.RestoreAsking)
keys.row("SCAN", RequestType.Scan)
keys.row("SORT", RequestType.Sort)
keys.row("SORT_RO", RequestType.SortReadOnly)
keys.row("TOUCH", RequestType.Touch)
keys.row("TTL", RequestType.TTL)
keys.row("TYPE", RequestType.Type)
keys.row("UNLINK", RequestType.Unlink)

keys.custom("OBJECT HELP", "GLIDE has no request types for help texts")
