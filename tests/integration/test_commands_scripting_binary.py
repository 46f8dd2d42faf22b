"""The libraries cmsgpack, struct and bit, on the mock and on the real servers.

Each table is ``(script, what comes of it)``, said by the servers themselves.
"""

from __future__ import annotations

import pytest

from tests.integration.scripts import differs, said, stopped

PACKING = [
    (
        "return cmsgpack.pack()",
        stopped("ERR user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.)"),
    ),
    ("return cmsgpack.pack(nil)", b"\xc0"),
    ("return cmsgpack.pack(1,2)", b"\x01\x02"),
    ("return cmsgpack.pack({})", b"\x90"),
    ("return cmsgpack.pack({1,2})", b"\x92\x01\x02"),
    ("return cmsgpack.pack({a=1})", b"\x81\xa1a\x01"),
    ("return cmsgpack.pack({1,nil,3})", b"\x82\x01\x01\x03\x03"),
    ("return cmsgpack.pack({[2]=1})", b"\x81\x02\x01"),
    ("return cmsgpack.pack(127)", b"\x7f"),
    ("return cmsgpack.pack(128)", b"\xcc\x80"),
    ("return cmsgpack.pack(255)", b"\xcc\xff"),
    ("return cmsgpack.pack(256)", b"\xcd\x01\x00"),
    ("return cmsgpack.pack(65535)", b"\xcd\xff\xff"),
    ("return cmsgpack.pack(65536)", b"\xce\x00\x01\x00\x00"),
    ("return cmsgpack.pack(4294967295)", b"\xce\xff\xff\xff\xff"),
    ("return cmsgpack.pack(4294967296)", b"\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
    ("return cmsgpack.pack(2^53)", b"\xcf\x00 \x00\x00\x00\x00\x00\x00"),
    ("return cmsgpack.pack(2^62)", b"\xcf@\x00\x00\x00\x00\x00\x00\x00"),
    ("return cmsgpack.pack(2^63)", b"\xca_\x00\x00\x00"),
    ("return cmsgpack.pack(2^64)", b"\xca_\x80\x00\x00"),
    ("return cmsgpack.pack(-1)", b"\xff"),
    ("return cmsgpack.pack(-32)", b"\xe0"),
    ("return cmsgpack.pack(-33)", b"\xd0\xdf"),
    ("return cmsgpack.pack(-128)", b"\xd0\x80"),
    ("return cmsgpack.pack(-129)", b"\xd1\xff\x7f"),
    ("return cmsgpack.pack(-32768)", b"\xd1\x80\x00"),
    ("return cmsgpack.pack(-32769)", b"\xd2\xff\xff\x7f\xff"),
    ("return cmsgpack.pack(-2147483648)", b"\xd2\x80\x00\x00\x00"),
    ("return cmsgpack.pack(-2147483649)", b"\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"),
    ("return cmsgpack.pack(-2^63)", b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
    ("return cmsgpack.pack(1.5)", b"\xca?\xc0\x00\x00"),
    ("return cmsgpack.pack(0.1)", b"\xcb?\xb9\x99\x99\x99\x99\x99\x9a"),
    ("return cmsgpack.pack(-0.0)", b"\x00"),
    ("return cmsgpack.pack(1/0)", b"\xca\x7f\x80\x00\x00"),
    ("return cmsgpack.pack(-1/0)", b"\xca\xff\x80\x00\x00"),
    ("return cmsgpack.pack(0/0)", b"\xcb\xff\xf8\x00\x00\x00\x00\x00\x00"),
    ("return cmsgpack.pack(1e300)", b"\xcb~7\xe4<\x88\x00u\x9c"),
    ("return cmsgpack.pack(true)", b"\xc3"),
    ("return cmsgpack.pack(false)", b"\xc2"),
    ('return cmsgpack.pack("")', b"\xa0"),
    ('return cmsgpack.pack(string.rep("a",31))', b"\xbfaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ('return cmsgpack.pack(string.rep("a",32))', b"\xd9 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("return cmsgpack.pack(cjson.null)", b"\xc0"),
    ("return cmsgpack.pack(function() end)", b"\xc0"),
    (
        "return cmsgpack.pack({{{{{{{{{{{{{{{{{{{{}}}}}}}}}}}}}}}}}}}})",
        b"\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\xc0",
    ),
    ('return cmsgpack.pack({true,"x",{y=2}})', b"\x93\xc3\xa1x\x81\xa1y\x02"),
    ("return cmsgpack.pack({[1.5]=1})", b"\x81\xca?\xc0\x00\x00\x01"),
    ("return cmsgpack.pack({[-1]=1})", b"\x81\xff\x01"),
    ('return string.sub(cmsgpack.pack(string.rep("a",255)),1,6)', b"\xd9\xffaaaa"),
    ('return string.sub(cmsgpack.pack(string.rep("a",256)),1,6)', b"\xda\x01\x00aaa"),
    ('return string.sub(cmsgpack.pack(string.rep("a",65535)),1,6)', b"\xda\xff\xffaaa"),
    ('return string.sub(cmsgpack.pack(string.rep("a",65536)),1,6)', b"\xdb\x00\x01\x00\x00a"),
    (
        "local t={} for i=1,16 do t[i]=i end return cmsgpack.pack(t)",
        b"\xdc\x00\x10\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10",
    ),
    ('local t={} for i=1,16 do t["k"..i]=1 end return #cmsgpack.pack(t)', 74),
    (
        "local t={} for i=1,70000 do t[i]=1 end return string.sub(cmsgpack.pack(t),1,8)",
        b"\xdd\x00\x01\x11p\x01\x01\x01",
    ),
    ("local t={} t.t=t return #cmsgpack.pack(t)", 49),
    ("return cmsgpack._VERSION", b"lua-cmsgpack 0.4.0"),
]

UNPACKING = [
    (
        "return cmsgpack.unpack()",
        stopped("ERR user_script:1: bad argument #1 to 'unpack' (string expected, got no value)"),
    ),
    (
        "return cmsgpack.unpack({})",
        stopped("ERR user_script:1: bad argument #1 to 'unpack' (string expected, got table)"),
    ),
    ('return cmsgpack.unpack("")', None),
    ('return {cmsgpack.unpack("\\1\\2\\3")}', [1, 2, 3]),
    ('return cmsgpack.unpack("\\204\\255")', 255),
    ('return cmsgpack.unpack("\\204")', stopped("ERR user_script:1: Missing bytes in input.")),
    ('return cmsgpack.unpack("\\208\\255")', -1),
    ('return cmsgpack.unpack("\\205\\255\\255")', 65535),
    ('return cmsgpack.unpack("\\209\\255\\254")', -2),
    ('return cmsgpack.unpack("\\206\\255\\255\\255\\255")', 4294967295),
    ('return cmsgpack.unpack("\\210\\255\\255\\255\\255")', -1),
    ('return cmsgpack.unpack("\\207\\255\\255\\255\\255\\255\\255\\255\\255")', -1),
    ('return cmsgpack.unpack("\\211\\255\\255\\255\\255\\255\\255\\255\\255")', -1),
    (
        'return cmsgpack.unpack("\\207\\127\\255\\255\\255\\255\\255\\255\\255")',
        -9223372036854775808,
    ),
    ('return cmsgpack.unpack("\\192")', None),
    ('return cmsgpack.unpack("\\193")', stopped("ERR user_script:1: Bad data format in input.")),
    (
        'return cmsgpack.unpack("\\196\\1a")',
        stopped("ERR user_script:1: Bad data format in input."),
    ),
    ('return cmsgpack.unpack("\\195")', 1),
    ('return cmsgpack.unpack("\\194")', None),
    ('return tostring(cmsgpack.unpack("\\202\\63\\192\\0\\0"))', b"1.5"),
    ('return tostring(cmsgpack.unpack("\\203\\63\\185\\153\\153\\153\\153\\153\\154"))', b"0.1"),
    ('return cmsgpack.unpack("\\163abc")', b"abc"),
    ('return cmsgpack.unpack("\\163ab")', stopped("ERR user_script:1: Missing bytes in input.")),
    ('return cmsgpack.unpack("\\217\\3abc")', b"abc"),
    ('return cmsgpack.unpack("\\218\\0\\3abc")', b"abc"),
    ('return cmsgpack.unpack("\\219\\0\\0\\0\\3abc")', b"abc"),
    ('return cmsgpack.unpack("\\147\\1\\2\\3")', [1, 2, 3]),
    (
        'return cmsgpack.unpack("\\147\\1\\2")',
        stopped("ERR user_script:1: Missing bytes in input."),
    ),
    ('return cmsgpack.unpack("\\220\\0\\2\\1\\2")', [1, 2]),
    ('return cmsgpack.unpack("\\221\\0\\0\\0\\2\\1\\2")', [1, 2]),
    ('return cmsgpack.unpack("\\129\\161a\\1").a', 1),
    ('return cmsgpack.unpack("\\222\\0\\1\\161a\\1").a', 1),
    ('return cmsgpack.unpack("\\223\\0\\0\\0\\1\\161a\\1").a', 1),
    ('return cmsgpack.unpack("\\129\\192\\1")', stopped("ERR table index is nil")),
    ('return cmsgpack.unpack("\\147\\1\\192\\3")', [1]),
    ('return cmsgpack.unpack("\\224")', -32),
    ("return cmsgpack.unpack(5)", 53),
    ('return {cmsgpack.unpack_one("\\1\\2\\3")}', [1, 1]),
    ('return {cmsgpack.unpack_one("\\1\\2\\3",1)}', [2, 2]),
    ('return {cmsgpack.unpack_one("\\1\\2\\3",2)}', [-1, 3]),
    ('return {cmsgpack.unpack_one("\\1\\2\\3",3)}', [-1]),
    (
        'return {cmsgpack.unpack_one("\\1\\2\\3",4)}',
        stopped("ERR user_script:1: Start offset 4 greater than input length 3."),
    ),
    (
        'return {cmsgpack.unpack_one("\\1\\2\\3",-1)}',
        stopped("ERR user_script:1: Invalid request to unpack with offset of -1 and limit of 3."),
    ),
    ('return {cmsgpack.unpack_limit("\\1\\2\\3",2)}', [2, 1, 2]),
    ('return {cmsgpack.unpack_limit("\\1\\2\\3",2,1)}', [-1, 2, 3]),
    ('return {cmsgpack.unpack_limit("\\1\\2\\3",2,2)}', [-1, 3]),
    (
        'return {cmsgpack.unpack_limit("\\1\\2\\3",-1)}',
        stopped("ERR user_script:1: Invalid request to unpack with offset of 0 and limit of 3."),
    ),
    ('return {cmsgpack.unpack_limit("\\1\\2\\3",0)}', [1, 2, 3]),
    ('return {cmsgpack.unpack_limit("\\1\\2\\3",0,1)}', [1]),
    (
        'return cmsgpack.unpack_limit("\\1")',
        stopped(
            "ERR user_script:1: bad argument #2 to 'unpack_limit' (number expected, got no value)"
        ),
    ),
    (
        "return cmsgpack.unpack_limit()",
        stopped(
            "ERR user_script:1: bad argument #2 to 'unpack_limit' (number expected, got no value)"
        ),
    ),
    (
        "return cmsgpack.unpack_one()",
        stopped(
            "ERR user_script:1: bad argument #1 to 'unpack_one' (string expected, got no value)"
        ),
    ),
    (
        'return cmsgpack.unpack_one("\\1","x")',
        stopped("ERR user_script:1: bad argument #2 to 'unpack_one' (number expected, got string)"),
    ),
    (
        'return cmsgpack.unpack("\\129\\203\\255\\248\\0\\0\\0\\0\\0\\0\\1")',
        stopped("ERR table index is NaN"),
    ),
    ('local ok,e=pcall(cmsgpack.unpack,"\\204") return e', b"Missing bytes in input."),
    ('return {cmsgpack.unpack(cmsgpack.pack(1,"a",{b=2}))}', [1, b"a", []]),
    ("return cmsgpack.unpack(cmsgpack.pack({a={b={1,2,3}}})).a.b", [1, 2, 3]),
]

STRUCT_PACKING = [
    (
        "return struct.pack()",
        stopped("ERR user_script:1: bad argument #1 to 'pack' (string expected, got no value)"),
    ),
    (
        'return struct.pack("b")',
        stopped("ERR user_script:1: bad argument #2 to 'pack' (number expected, got nil)"),
    ),
    ('return struct.pack("b",1)', b"\x01"),
    ('return struct.pack("b",200)', b"\xc8"),
    ('return struct.pack("B",-1)', b"\xff"),
    ('return struct.pack("h",258)', b"\x02\x01"),
    ('return struct.pack(">h",258)', b"\x01\x02"),
    ('return struct.pack("<H",258)', b"\x02\x01"),
    ('return struct.pack("i",1)', b"\x01\x00\x00\x00"),
    ('return struct.pack("I",2^32-1)', b"\xff\xff\xff\xff"),
    ('return struct.pack("l",-1)', b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    ('return struct.pack(">L",2^53)', b"\x00 \x00\x00\x00\x00\x00\x00"),
    ('return struct.pack("L",2^64)', b"\x00\x00\x00\x00\x00\x00\x00\x00"),
    ('return struct.pack("L",-1)', b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    ('return struct.pack("i3",1)', b"\x01\x00\x00"),
    ('return struct.pack("i1",1)', b"\x01"),
    ('return struct.pack("i2",1)', b"\x01\x00"),
    ('return struct.pack("i8",-2)', b"\xfe\xff\xff\xff\xff\xff\xff\xff"),
    (
        'return struct.pack("i16",-2)',
        b"\xfe\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
    ),
    (
        'return struct.pack(">i16",-2)',
        b"\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfe",
    ),
    (
        'return struct.pack("i32",5)',
        b"\x05" + 31 * b"\x00",
    ),
    (
        'return struct.pack("i64",5)',
        stopped("ERR user_script:1: integral size 64 is larger than limit of 32"),
    ),
    ('return struct.pack("I0",5)', b""),
    ('return struct.pack("T",5)', b"\x05\x00\x00\x00\x00\x00\x00\x00"),
    ('return struct.pack("f",1.5)', b"\x00\x00\xc0?"),
    ('return struct.pack(">f",1.5)', b"?\xc0\x00\x00"),
    ('return struct.pack("d",0.1)', b"\x9a\x99\x99\x99\x99\x99\xb9?"),
    ('return struct.pack(">d",0.1)', b"?\xb9\x99\x99\x99\x99\x99\x9a"),
    ('return struct.pack("f",1e300)', b"\x00\x00\x80\x7f"),
    ('return struct.pack("s","abc")', b"abc\x00"),
    ('return struct.pack("c","abc")', b"a"),
    ('return struct.pack("c2","abc")', b"ab"),
    ('return struct.pack("c0","abc")', b"abc"),
    (
        'return struct.pack("c5","abc")',
        stopped("ERR user_script:1: bad argument #3 to 'pack' (string too short)"),
    ),
    ('return struct.pack("x")', b"\x00"),
    ('return struct.pack("bxb",1,2)', b"\x01\x00\x02"),
    ('return struct.pack("!bi",1,2)', b"\x01\x00\x00\x00\x02\x00\x00\x00"),
    ('return struct.pack("!4bd",1,2)', b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00@"),
    (
        'return struct.pack("!8bd",1,2)',
        b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00@",
    ),
    ('return struct.pack("!3b",1)', stopped("ERR user_script:1: alignment 3 is not a power of 2")),
    ('return struct.pack("!0b",1)', stopped("ERR user_script:1: alignment 0 is not a power of 2")),
    ('return struct.pack("!2bi",1,2)', b"\x01\x00\x02\x00\x00\x00"),
    ('return struct.pack("b b",1,2)', b"\x01\x02"),
    (
        'return struct.pack("q",1)',
        stopped("ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'q')"),
    ),
    (
        'return struct.pack("Z",1)',
        stopped("ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'Z')"),
    ),
    (
        'return struct.pack("b",{})',
        stopped("ERR user_script:1: bad argument #2 to 'pack' (number expected, got table)"),
    ),
    ('return struct.pack("b","5")', b"\x05"),
    ('return struct.pack("s",5)', b"5\x00"),
    (
        'return struct.pack("s",{})',
        stopped("ERR user_script:1: bad argument #2 to 'pack' (string expected, got table)"),
    ),
    (
        "return struct.pack({})",
        stopped("ERR user_script:1: bad argument #1 to 'pack' (string expected, got table)"),
    ),
    ('return struct.pack("")', b""),
    ('return struct.pack("b",1,2)', b"\x01"),
    ('return struct.pack("i",1.9)', b"\x01\x00\x00\x00"),
    ('return struct.pack("i",-1.9)', b"\xff\xff\xff\xff"),
    (
        'return struct.pack("i99999999999999999999",1)',
        stopped("ERR user_script:1: integral size overflow"),
    ),
    ('return struct.pack("c2147483648","a")', stopped("ERR user_script:1: integral size overflow")),
    ('return struct.pack("!1024b",1)', b"\x01"),
    ('return struct.pack("b\\0b",1)', b"\x01"),
]

STRUCT_UNPACKING = [
    (
        "return struct.unpack()",
        stopped("ERR user_script:1: bad argument #1 to 'unpack' (string expected, got no value)"),
    ),
    (
        'return struct.unpack("b")',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (string expected, got no value)"),
    ),
    ('return {struct.unpack("b","\\255")}', [-1, 2]),
    ('return {struct.unpack("B","\\255")}', [255, 2]),
    ('return {struct.unpack("h","\\1\\2")}', [513, 3]),
    ('return {struct.unpack(">h","\\1\\2")}', [258, 3]),
    ('return {struct.unpack(">hB","\\1\\2\\3")}', [258, 3, 4]),
    (
        'return {struct.unpack("b","")}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    ('return {struct.unpack("i","\\255\\255\\255\\255")}', [-1, 5]),
    ('return {struct.unpack("I","\\255\\255\\255\\255")}', [4294967295, 5]),
    ('return {struct.unpack("l","\\254\\255\\255\\255\\255\\255\\255\\255")}', [-2, 9]),
    (
        'return {struct.unpack("L","\\254\\255\\255\\255\\255\\255\\255\\255")}',
        [-9223372036854775808, 9],
    ),
    ('return {tostring(struct.unpack("f","\\0\\0\\192\\63"))}', [b"1.5"]),
    ('return {tostring(struct.unpack(">d","\\63\\185\\153\\153\\153\\153\\153\\154"))}', [b"0.1"]),
    ('return {struct.unpack("s","abc\\0def")}', [b"abc", 5]),
    ('return {struct.unpack("s","abc")}', stopped("ERR user_script:1: unfinished string in data")),
    ('return {struct.unpack("c2","abc")}', [b"ab", 3]),
    (
        'return {struct.unpack("c4","abc")}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    ('return {struct.unpack("bc0","\\2abc")}', [b"ab", 4]),
    (
        'return {struct.unpack("c0","abc")}',
        stopped("ERR user_script:1: format 'c0' needs a previous size"),
    ),
    (
        'return {struct.unpack("bc0","\\9abc")}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    ('return {struct.unpack("b","abc",2)}', [98, 3]),
    (
        'return {struct.unpack("b","abc",4)}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    (
        'return {struct.unpack("b","abc",0)}',
        stopped("ERR user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater)"),
    ),
    (
        'return {struct.unpack("b","abc",-1)}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    ('return {struct.unpack("xb","\\1\\2")}', [2, 3]),
    ('return {struct.unpack("!bi","\\1\\0\\0\\0\\2\\0\\0\\0")}', [1, 2, 9]),
    (
        'return {struct.unpack("q","a")}',
        stopped("ERR user_script:1: bad argument #1 to 'unpack' (invalid format option 'q')"),
    ),
    ('return {struct.unpack("i16","\\254"..string.rep("\\255",15))}', [-2, 17]),
    (
        'return {struct.unpack("sb","a\\0")}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    (
        'return {struct.unpack("sc0","a\\0bcd")}',
        stopped("ERR user_script:1: format 'c0' needs a previous size"),
    ),
    (
        'return {struct.unpack("bc0","\\255abc")}',
        stopped("ERR user_script:1: bad argument #2 to 'unpack' (data string too short)"),
    ),
    (
        'return {struct.unpack("s","abc",3)}',
        stopped("ERR user_script:1: unfinished string in data"),
    ),
    ('return {struct.unpack("","abc")}', [1]),
    ('return {struct.unpack("b",5)}', [53, 2]),
    (
        'return {struct.unpack("b","abc","x")}',
        stopped("ERR user_script:1: bad argument #3 to 'unpack' (number expected, got string)"),
    ),
]

STRUCT_SIZES = [
    (
        "return struct.size()",
        stopped("ERR user_script:1: bad argument #1 to 'size' (string expected, got no value)"),
    ),
    ('return struct.size("b")', 1),
    ('return struct.size("bhil")', 15),
    ('return struct.size("!bhil")', 16),
    ('return struct.size("!bd")', 16),
    (
        'return struct.size("s")',
        stopped("ERR user_script:1: bad argument #1 to 'size' (option 's' has no fixed size)"),
    ),
    (
        'return struct.size("c0")',
        stopped("ERR user_script:1: bad argument #1 to 'size' (option 'c0' has no fixed size)"),
    ),
    ('return struct.size("c5")', 5),
    ('return struct.size("x>i8 <d")', 17),
    ('return struct.size("i3")', 3),
    ('return struct.size("q")', 0),
    ('return struct.size("")', 0),
    ('return struct.size("i16")', 16),
    ('return struct.size("c99999999999")', stopped("ERR user_script:1: integral size overflow")),
    ('return struct.size("!4 bd")', 12),
]

BITS = [
    ("return bit.tobit(2^32+5)", 5),
    ("return bit.tobit(2^31)", -2147483648),
    ("return bit.tobit(-1)", -1),
    ("return bit.tobit(1.5)", 2),
    ("return bit.tobit(2.5)", 2),
    ("return bit.tobit(0.5)", 0),
    ("return bit.tobit(-1.5)", -2),
    ("return bit.tobit(2^40+7)", 7),
    ("return bit.tobit(2^52+3)", 2),
    ("return bit.tobit(1e300)", -2013235812),
    ("return bit.tobit(1/0)", 0),
    ("return bit.tobit(0/0)", 0),
    (
        "return bit.tobit()",
        stopped("ERR user_script:1: bad argument #1 to 'tobit' (number expected, got no value)"),
    ),
    ('return bit.tobit("5")', 5),
    ('return bit.tobit("0xff")', 255),
    (
        "return bit.tobit({})",
        stopped("ERR user_script:1: bad argument #1 to 'tobit' (number expected, got table)"),
    ),
    ("return bit.tohex(255)", b"000000ff"),
    ("return bit.tohex(255,4)", b"00ff"),
    ("return bit.tohex(255,-4)", b"00FF"),
    ("return bit.tohex(255,-20)", b"000000FF"),
    ("return bit.tohex(255,20)", b"000000ff"),
    ("return bit.tohex(255,0)", b""),
    ("return bit.tohex(255,1)", b"f"),
    ("return bit.tohex(-1)", b"ffffffff"),
    ('return bit.tohex(10,"2")', b"0a"),
    (
        "return bit.tohex()",
        stopped("ERR user_script:1: bad argument #1 to 'tohex' (number expected, got no value)"),
    ),
    (
        "return bit.tohex(1,{})",
        stopped("ERR user_script:1: bad argument #2 to 'tohex' (number expected, got table)"),
    ),
    ("return bit.bnot(0)", -1),
    ("return bit.bnot(2^31)", 2147483647),
    (
        "return bit.bnot()",
        stopped("ERR user_script:1: bad argument #1 to 'bnot' (number expected, got no value)"),
    ),
    ("return bit.band(0xff,0x0f)", 15),
    ("return bit.band(12)", 12),
    (
        "return bit.band()",
        stopped("ERR user_script:1: bad argument #1 to 'band' (number expected, got no value)"),
    ),
    ("return bit.band(7,3,1)", 1),
    ("return bit.band(-1,2^33+1)", 1),
    (
        "return bit.band(1,{})",
        stopped("ERR user_script:1: bad argument #2 to 'band' (number expected, got table)"),
    ),
    (
        "return bit.band(1,nil)",
        stopped("ERR user_script:1: bad argument #2 to 'band' (number expected, got nil)"),
    ),
    ("return bit.bor(1,2,4)", 7),
    ("return bit.bor(2^31,0)", -2147483648),
    ("return bit.bxor(5,1)", 4),
    ("return bit.bxor(-1,-1)", 0),
    ("return bit.lshift(1,4)", 16),
    ("return bit.lshift(1,31)", -2147483648),
    ("return bit.lshift(1,32)", 1),
    ("return bit.lshift(1,-1)", -2147483648),
    (
        "return bit.lshift(1)",
        stopped("ERR user_script:1: bad argument #2 to 'lshift' (number expected, got no value)"),
    ),
    ("return bit.rshift(-1,4)", 268435455),
    ("return bit.rshift(256,8)", 1),
    ("return bit.arshift(-256,8)", -1),
    ("return bit.arshift(256,33)", 128),
    ("return bit.rol(0x12345678,12)", 1164411171),
    ("return bit.ror(0x12345678,12)", 1736516421),
    ("return bit.rol(1,32)", 1),
    ("return bit.bswap(0x12345678)", 2018915346),
    ("return bit.bswap(255)", -16777216),
    (
        "return bit.bswap()",
        stopped("ERR user_script:1: bad argument #1 to 'bswap' (number expected, got no value)"),
    ),
    ('return bit.lshift("1","2")', 4),
    ("return bit.tohex(2^31)", b"80000000"),
    ("return bit.tobit(3.7)", 4),
    ("return bit.band(3.7,255)", 4),
]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(PACKING, id="packing"),
        pytest.param(UNPACKING, id="unpacking"),
        pytest.param(STRUCT_PACKING, id="struct packing"),
        pytest.param(STRUCT_UNPACKING, id="struct unpacking"),
        pytest.param(STRUCT_SIZES, id="struct sizes"),
        pytest.param(BITS, id="bits"),
    ],
)
def test_a_library_does_the_same_everywhere(server, wire, table):
    found = {script: said(wire, script) for script, _ in table}
    assert found == {script: differs.on(server, expected) for script, expected in table}
