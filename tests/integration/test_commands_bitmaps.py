"""Bitmaps, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CASES: list[Case] = [
    (
        "setbit and getbit",
        [
            ("SETBIT k 7 1", 0),
            ("GET k", b"\x01"),
            ("SETBIT k 7 0", 1),
            ("SETBIT k 7 0", 0),
            ("GETBIT k 7", 0),
            ("SETBIT k 0 1", 0),
            ("GETBIT k 0", 1),
            ("GETBIT k 1", 0),
            ("GETBIT k 1000", 0),
            ("GETBIT none 0", 0),
            ("SETBIT k 23 1", 0),
            ("STRLEN k", 3),
            ("SET s a EX 100", b"OK"),
            ("SETBIT s 6 1", 0),
            ("GET s", b"c"),
            ("TTL s", 100),
            ("SETBIT new 15 0", 0),
            ("STRLEN new", 2),
        ],
    ),
    (
        "setbit refuses",
        [
            ("SETBIT k -1 1", "ERR bit offset is not an integer or out of range"),
            ("SETBIT k x 1", "ERR bit offset is not an integer or out of range"),
            ("SETBIT k 4294967296 1", "ERR bit offset is not an integer or out of range"),
            ("SETBIT k 0 2", "ERR bit is not an integer or out of range"),
            ("SETBIT k 0 x", "ERR bit is not an integer or out of range"),
            ("SETBIT k x x", "ERR bit offset is not an integer or out of range"),
            ("GETBIT k -1", "ERR bit offset is not an integer or out of range"),
            ("GETBIT k 4294967296", "ERR bit offset is not an integer or out of range"),
            ("GETBIT k #1", "ERR bit offset is not an integer or out of range"),
        ],
    ),
    (
        "bitcount",
        [
            ("SET k foobar", b"OK"),
            ("BITCOUNT k", 26),
            ("BITCOUNT k 0 0", 4),
            ("BITCOUNT k 1 1", 6),
            ("BITCOUNT k 0 -1", 26),
            ("BITCOUNT k -2 -1", 7),
            ("BITCOUNT k 5 30 BIT", 17),
            ("BITCOUNT k 1 1 byte", 6),
            ("BITCOUNT k -100 100", 26),
            ("BITCOUNT k 4 2", 0),
            ("BITCOUNT k -1 -5", 0),
            ("BITCOUNT k 100 200", 0),
            ("BITCOUNT none", 0),
            ("BITCOUNT none 0 5", 0),
            ("BITCOUNT k 0 0 NOPE", SYNTAX),
            ("BITCOUNT k x 0", NOT_AN_INTEGER),
            ("BITCOUNT k 0 x", NOT_AN_INTEGER),
            ("BITCOUNT k 0 0 BIT x", SYNTAX),
        ],
    ),
    (
        "bitpos",
        [
            ("SETBIT k 12 1", 0),
            ("BITPOS k 1", 12),
            ("BITPOS k 0", 0),
            ("BITPOS k 1 1", 12),
            ("BITPOS k 1 0 0", -1),
            ("BITPOS k 1 0 -1", 12),
            ("BITPOS k 1 -1", 12),
            ("BITPOS k 1 0 12 BIT", 12),
            ("BITPOS k 1 0 11 BIT", -1),
            ("BITPOS k 0 12 12 BIT", -1),
            ("BITPOS k 0 12 13 bit", 13),
            ("BITPOS none 0", 0),
            ("BITPOS none 1", -1),
            ("BITPOS none 0 5 6", 0),
            ("SET f aaa", b"OK"),
            ("BITPOS f 1 5", -1),
            ("BITPOS f 0 9 8", -1),
            ("BITPOS k 2", "ERR The bit argument must be 1 or 0."),
            ("BITPOS k x", NOT_AN_INTEGER),
            ("BITPOS k 1 x", NOT_AN_INTEGER),
            ("BITPOS k 1 0 x", NOT_AN_INTEGER),
            ("BITPOS k 1 0 0 NOPE", SYNTAX),
            ("BITPOS k 1 0 0 BIT x", SYNTAX),
        ],
    ),
    (
        "bitpos of ones only",
        [
            ("BITFIELD k SET u16 0 65535", [0]),
            ("BITPOS k 0", 16),
            ("BITPOS k 0 0", 16),
            ("BITPOS k 0 0 -1", -1),
            ("BITPOS k 0 1", 16),
            ("BITPOS k 0 5", -1),
            ("BITPOS k 0 0 15 BIT", -1),
        ],
    ),
    (
        "bitop",
        [
            ("SET a foobar", b"OK"),
            ("SET b abcdef", b"OK"),
            ("BITOP AND d a b", 6),
            ("GET d", b"`bc`ab"),
            ("BITOP OR d a b", 6),
            ("GET d", b"goofev"),
            ("BITOP XOR d a a", 6),
            ("BITCOUNT d", 0),
            ("BITOP NOT d a", 6),
            ("BITOP NOT e d", 6),
            ("GET e", b"foobar"),
            ("SET short f", b"OK"),
            ("BITOP AND d a short", 6),
            ("GET d", b"f\x00\x00\x00\x00\x00"),
            ("BITOP or d none short", 1),
            ("GET d", b"f"),
            ("BITOP AND d none a", 6),
            ("STRLEN d", 6),
            ("SET d x EX 100", b"OK"),
            ("BITOP OR d a", 6),
            ("TTL d", -1),
            ("BITOP OR d none", 0),
            ("EXISTS d", 0),
            ("BITOP NOT d none", 0),
            ("BITOP NOT d a b", "ERR BITOP NOT must be called with a single source key."),
            ("BITOP NOPE d a", SYNTAX),
            ("RPUSH l x", 1),
            ("BITOP AND d a l", WRONG_TYPE),
        ],
    ),
    (
        "bitfield",
        [
            ("BITFIELD k SET u8 0 255 GET u4 0 GET i8 0", [0, 15, -1]),
            ("BITFIELD k INCRBY u8 0 10", [9]),
            ("BITFIELD k OVERFLOW SAT INCRBY u8 0 1000", [255]),
            ("BITFIELD k OVERFLOW FAIL INCRBY u8 0 1", [None]),
            ("BITFIELD k OVERFLOW FAIL INCRBY u8 0 1 OVERFLOW WRAP INCRBY u8 0 1", [None, 0]),
            ("BITFIELD k SET i8 #1 -1 GET i8 #1 GET u8 #1", [0, -1, 255]),
            ("BITFIELD k SET i8 8 127 INCRBY i8 8 1", [-1, -128]),
            ("BITFIELD k OVERFLOW SAT SET i8 8 300", [-128]),
            ("BITFIELD k GET i8 8", [127]),
            ("BITFIELD k OVERFLOW SAT INCRBY i8 8 -1000", [-128]),
            ("BITFIELD k SET u8 0 -1", [0]),
            ("BITFIELD k GET u8 0", [255]),
            (
                "BITFIELD k SET i64 0 9223372036854775807 INCRBY i64 0 1",
                [-36028797018963968, -9223372036854775808],
            ),
            ("BITFIELD k GET u63 1", [0]),
            ("BITFIELD k", []),
            ("BITFIELD none GET u8 0 GET i5 #3", [0, 0]),
            ("EXISTS none", 0),
            ("BITFIELD n INCRBY u5 100 1", [1]),
            ("STRLEN n", 14),
            ("BITFIELD p OVERFLOW FAIL INCRBY u2 0 9", [None]),
            ("EXISTS p", 1),
        ],
    ),
    (
        "bitfield refuses",
        [
            (
                "BITFIELD k GET u64 0",
                (
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is"
                    " not supported but i64 is."
                ),
            ),
            (
                "BITFIELD k GET i65 0",
                (
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is"
                    " not supported but i64 is."
                ),
            ),
            (
                "BITFIELD k GET u0 0",
                (
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is"
                    " not supported but i64 is."
                ),
            ),
            (
                "BITFIELD k GET x8 0",
                (
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is"
                    " not supported but i64 is."
                ),
            ),
            ("BITFIELD k GET u8 -1", "ERR bit offset is not an integer or out of range"),
            ("BITFIELD k GET u8 x", "ERR bit offset is not an integer or out of range"),
            ("BITFIELD k GET u8 #x", "ERR bit offset is not an integer or out of range"),
            ("BITFIELD k GET u8 4294967296", "ERR bit offset is not an integer or out of range"),
            ("BITFIELD k GET u8", SYNTAX),
            ("BITFIELD k SET u8 0", SYNTAX),
            ("BITFIELD k SET u8 0 x", NOT_AN_INTEGER),
            ("BITFIELD k OVERFLOW", SYNTAX),
            ("BITFIELD k OVERFLOW NOPE", "ERR Invalid OVERFLOW type specified"),
            ("BITFIELD k NOPE", SYNTAX),
            ("BITFIELD_RO k SET u8 0 1", "ERR BITFIELD_RO only supports the GET subcommand"),
            ("BITFIELD_RO k INCRBY u8 0 1", "ERR BITFIELD_RO only supports the GET subcommand"),
            ("BITFIELD_RO k GET u8 0", [0]),
            ("EXISTS k", 0),
        ],
    ),
    (
        "wrong types",
        [
            ("RPUSH l a", 1),
            ("SETBIT l 0 1", WRONG_TYPE),
            ("GETBIT l 0", WRONG_TYPE),
            ("BITCOUNT l", WRONG_TYPE),
            ("BITCOUNT l 0 0", WRONG_TYPE),
            ("BITPOS l 1", WRONG_TYPE),
            ("BITFIELD l GET u8 0", WRONG_TYPE),
            ("BITFIELD l SET u8 0 1", WRONG_TYPE),
            ("BITFIELD_RO l GET u8 0", WRONG_TYPE),
            (
                "BITFIELD l GET u64 0",
                (
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is"
                    " not supported but i64 is."
                ),
            ),
        ],
    ),
    (
        "arities",
        [
            ("SETBIT k 0", "ERR wrong number of arguments for 'setbit' command"),
            ("GETBIT k", "ERR wrong number of arguments for 'getbit' command"),
            ("BITCOUNT", "ERR wrong number of arguments for 'bitcount' command"),
            ("BITPOS k", "ERR wrong number of arguments for 'bitpos' command"),
            ("BITOP AND d", "ERR wrong number of arguments for 'bitop' command"),
            ("BITFIELD", "ERR wrong number of arguments for 'bitfield' command"),
            ("BITFIELD_RO", "ERR wrong number of arguments for 'bitfield_ro' command"),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "bitcount with a start only",
        [
            ("SET k foobar", b"OK"),
            ("BITCOUNT k 1", 22),
            ("BITCOUNT k -1", 4),
            ("BITCOUNT k 9", 0),
            ("BITCOUNT none x", NOT_AN_INTEGER),
            ("BITPOS none 1 x", NOT_AN_INTEGER),
        ],
    ),
]


@cases(CASES)
def test_bitmaps_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_bitmaps_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
