"""DEBUG, as far as it looks into keys and values."""

from __future__ import annotations

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

MISPLACED = "ERR unknown subcommand or wrong number of arguments for"
NO_HASH_TABLE = "ERR The value stored at the specified key is not represented using an hash table"
THRESHOLD = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
NOTHING = b"0" * 40

DIGESTS: dict[str, tuple[str, bytes]] = {
    "s": ("SET s abc", b"21ffcd2d36aebffca02995acb412bcb827d4c1db"),
    "n": ("SET n 12", b"655ac46b180ad2f61a3cee25f0b1780fa2ec879a"),
    "l": ("RPUSH l a b 3", b"09eb1fc9381ee92790d59930ab462945f8cd948b"),
    "st": ("SADD st a b 1", b"e8f32bbb1ad9bf537c8867de4f19fec9e001296d"),
    "h": ("HSET h f v g 2", b"9dc7e1ed596e8ccab4b91d04b8317fc85b68294a"),
    "z": ("ZADD z 1 a 2.5 b -7 c", b"337e6c47f34b0a507228a923d1dced43f2182dd1"),
    "x": ("XADD x 1-1 a b", b""),
    "e": ("SET e 1 EX 1000", b"5279988c5d1911f474bcbbf2f0a87012d40f8459"),
}
"""What both servers said: by key, how it was made and the digest of its value."""

CASES: list[Case] = [
    (
        "nothing has a digest of zeros",
        [
            ("DEBUG DIGEST", NOTHING),
            ("DEBUG DIGEST-VALUE none", [NOTHING]),
            ("DEBUG DIGEST-VALUE", []),
        ],
    ),
    (
        "what has another encoding",
        [
            ("SET n 12", b"OK"),
            ("SADD st 1 2", 2),
            ("DEBUG SDSLEN n", "ERR Not an sds encoded string."),
            ("DEBUG SDSLEN st", "ERR Not an sds encoded string."),
            ("DEBUG SDSLEN none", "ERR no such key"),
            ("DEBUG LISTPACK n", "ERR Not a listpack encoded object."),
            ("DEBUG QUICKLIST n", "ERR Not a quicklist encoded object."),
            ("DEBUG LISTPACK none", "ERR no such key"),
            ("DEBUG OBJECT none", "ERR no such key"),
            ("DEBUG HTSTATS-KEY none", "ERR no such key"),
            ("DEBUG HTSTATS-KEY st", NO_HASH_TABLE),
            ("HSET h a 1", 1),
            ("DEBUG LISTPACK h", b"Listpack structure printed on stdout"),
            ("DEBUG HTSTATS 99", "ERR Out of range database"),
            ("DEBUG HTSTATS x", "ERR value is not an integer or out of range"),
        ],
    ),
    (
        "switches of the server's own tests",
        [
            ("DEBUG QUICKLIST-PACKED-THRESHOLD 10b", b"OK"),
            ("DEBUG QUICKLIST-PACKED-THRESHOLD 0", b"OK"),
            ("DEBUG QUICKLIST-PACKED-THRESHOLD x", THRESHOLD),
            ("DEBUG QUICKLIST-PACKED-THRESHOLD 5gb", THRESHOLD),
            ("DEBUG REPLYBUFFER RESIZING 0", b"OK"),
            ("DEBUG REPLYBUFFER RESIZING 1", b"OK"),
            ("DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER", b"OK"),
            ("DEBUG REPLYBUFFER PEAK-RESET-TIME RESET", b"OK"),
            ("DEBUG replybuffer NOPE 1", f"{MISPLACED} 'replybuffer'. Try DEBUG HELP."),
            ("DEBUG CLIENT-EVICTION", "ERR maxmemory-clients is disabled."),
            ("DEBUG SET-ACTIVE-EXPIRE 1", b"OK"),
            ("DEBUG NOPE", f"{MISPLACED} 'NOPE'. Try DEBUG HELP."),
            ("DEBUG OBJECT", f"{MISPLACED} 'OBJECT'. Try DEBUG HELP."),
        ],
    ),
]


@cases(CASES)
def test_debug_answers_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_digests_are_those_of_the_server(wire: Wire) -> None:
    for line, _ in DIGESTS.values():
        wire(*line.split())
    wire("XADD", "x", "2-1", "a", "b", "c", "d")
    wire("SELECT", 3)
    wire("SET", "s", "abc")
    wire("SELECT", 0)

    for key, (_, digest) in DIGESTS.items():
        if digest:
            assert wire("DEBUG", "DIGEST-VALUE", key) == [digest]
    assert wire("DEBUG", "DIGEST-VALUE", "x") == [b"0cb913df671886f42c8ea2c98f4302ea11b6f7ec"]
    assert wire("DEBUG", "DIGEST") == b"31309bac042241e0d361a8ce587251dbb48b7b96"


def test_equal_data_have_equal_digests_whatever_their_order(wire: Wire) -> None:
    wire("SADD", "a", 1, 2, 3)
    wire("SADD", "b", 9, 3, 2, 1)
    wire("SREM", "b", 9)
    wire("HSET", "h", "x", 1, "y", 2)
    wire("HSET", "i", "y", 2, "x", 1)
    first, second, third, fourth = wire("DEBUG", "DIGEST-VALUE", "a", "b", "h", "i")
    assert first == second
    assert third == fourth
    wire("EXPIRE", "b", 100)
    assert wire("DEBUG", "DIGEST-VALUE", "b") != [first]


def test_objects_are_described_with_what_they_take(wire: Wire) -> None:
    wire("SET", "s", "abc")
    wire("RPUSH", "l", "a")
    described = wire("DEBUG", "OBJECT", "s").decode()
    assert described.startswith("Value at:0x")
    assert " refcount:1 encoding:embstr serializedlength:4 lru:" in described
    assert " lru_seconds_idle:0" in described


def test_an_integer_is_counted_up_where_it_is(wire: Wire) -> None:
    wire("SET", "n", 20_000)
    wire("INCR", "n")
    first = wire("DEBUG", "OBJECT", "n").split()[1]
    wire("INCR", "n")
    assert wire("DEBUG", "OBJECT", "n").split()[1] == first


def test_a_string_is_as_long_as_it_is(wire: Wire) -> None:
    wire("SET", "key", "abc")
    shown = wire("DEBUG", "SDSLEN", "key")
    assert shown.startswith(b"key_sds_len:3")
    assert b"val_sds_len:3" in shown


def test_a_hash_table_has_so_many_elements(wire: Wire) -> None:
    wire("HSET", "h", "f", "x" * 100, "g", 1)
    assert b"number of elements: 2\n" in wire("DEBUG", "HTSTATS-KEY", "h")
