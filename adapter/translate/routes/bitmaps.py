"""Routes of the bitmap commands: numbers, and arrays of numbers."""

from glide_shared.request_type import RequestType

from adapter.translate.table import Table

bitmaps = Table()

bitmaps.row("BITCOUNT", RequestType.BitCount)
bitmaps.row("BITFIELD", RequestType.BitField)
bitmaps.row("BITFIELD_RO", RequestType.BitFieldReadOnly)
bitmaps.row("BITOP", RequestType.BitOp)
bitmaps.row("BITPOS", RequestType.BitPos)
bitmaps.row("GETBIT", RequestType.GetBit)
bitmaps.row("SETBIT", RequestType.SetBit)
