"""Streams, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire

BAD_ID = "ERR Invalid stream ID specified as stream command argument"
BELOW_DELETED = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
BELOW_GIVEN = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
BELOW_LENGTH = "ERR The entries_added specified in XSETID is smaller than the target stream length"
BELOW_TOP = "ERR The ID specified in XSETID is smaller than the target stream top item"
BOTH_TRIMS = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items"
GROUP_PAIRS = (
    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be"
    " specified."
)
LIMIT_ALONE = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
LIMIT_TILDE = "ERR syntax error, LIMIT cannot be used without the special ~ option"
MEANINGLESS_PLUS = (
    "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the "
    "history of this consumer by specifying a proper ID, or use the > ID to get new "
    "messages. The + ID would just return an empty result set."
)
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_LIKE_THIS = (
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
    "<consumer> option."
)
NO_SUCH_KEY = "ERR no such key"
ONLY_GROUP = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
ONLY_NOACK = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
PAIRS = (
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified."
)
SYNTAX = "ERR syntax error"
TOP_ITEM = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
XTRIM_NEEDS = "ERR syntax error, XTRIM must be called with a trimming strategy"

CASES: list[Case] = [
    (
        "xadd takes ids that grow",
        [
            ("XADD s 1-1 a 1 b 2", b"1-1"),
            ("XADD s 1-2 a 1", b"1-2"),
            ("XADD s 2 a 1", b"2-0"),
            ("XADD s 2-1 a 1", b"2-1"),
            ("XLEN s", 4),
            ("XADD s 2-1 a 1", TOP_ITEM),
            ("XADD s 1-9 a 1", TOP_ITEM),
            ("XADD s 0-0 a 1", "ERR The ID specified in XADD must be greater than 0-0"),
            ("XADD s 0 a 1", "ERR The ID specified in XADD must be greater than 0-0"),
            (
                "XRANGE s - +",
                [
                    [b"1-1", [b"a", b"1", b"b", b"2"]],
                    [b"1-2", [b"a", b"1"]],
                    [b"2-0", [b"a", b"1"]],
                    [b"2-1", [b"a", b"1"]],
                ],
            ),
        ],
    ),
    (
        "xadd makes the sequence",
        [
            ("XADD s 5-* a 1", b"5-0"),
            ("XADD s 5-* a 1", b"5-1"),
            ("XADD s 6-* a 1", b"6-0"),
            ("XADD s 5-* a 1", TOP_ITEM),
            ("XADD z 0-* a 1", b"0-1"),
            ("XADD m 7-18446744073709551615 a 1", b"7-18446744073709551615"),
            (
                "XADD m 18446744073709551615-18446744073709551615 a 1",
                b"18446744073709551615-18446744073709551615",
            ),
            ("XADD m * a 1", EXHAUSTED),
            ("XADD m 18446744073709551615-18446744073709551615 a 1", EXHAUSTED),
        ],
    ),
    (
        "xadd refuses what is no id and no pairs",
        [
            ("XADD s x a 1", BAD_ID),
            ("XADD s 1-x a 1", BAD_ID),
            ("XADD s -1 a 1", BAD_ID),
            ("XADD s - a 1", BAD_ID),
            ("XADD s + a 1", BAD_ID),
            ("XADD s 1-1-1 a 1", BAD_ID),
            ("XADD s 18446744073709551616 a 1", BAD_ID),
            ("XADD s '' a 1", BAD_ID),
            ("XADD s *-1 a 1", BAD_ID),
            ("XADD s 1-1 a", "ERR wrong number of arguments for 'xadd' command"),
            ("XADD s 1-1 a 1 b", "ERR wrong number of arguments for 'xadd' command"),
            ("XADD s 1-1", "ERR wrong number of arguments for 'xadd' command"),
            ("XADD s *", "ERR wrong number of arguments for 'xadd' command"),
            ("XADD s MAXLEN 5 * a", "ERR wrong number of arguments for 'xadd' command"),
            ("EXISTS s", 0),
            ("XADD s 01-1 a 1", b"1-1"),
        ],
    ),
    (
        "nomkstream",
        [
            ("XADD s NOMKSTREAM 1-1 a 1", None),
            ("EXISTS s", 0),
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s NOMKSTREAM 1-2 a 1", b"1-2"),
            ("XADD s nomkstream MAXLEN 1 1-3 a 1", b"1-3"),
            ("XRANGE s - +", [[b"1-3", [b"a", b"1"]]]),
        ],
    ),
    (
        "xadd trims",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 a 1", b"1-2"),
            ("XADD s MAXLEN 2 1-3 a 1", b"1-3"),
            ("XADD s MAXLEN = 2 1-4 a 1", b"1-4"),
            ("XLEN s", 2),
            ("XADD s MAXLEN ~ 1 1-5 a 1", b"1-5"),
            ("XLEN s", 3),
            ("XADD s MINID 1-4 1-6 a 1", b"1-6"),
            ("XRANGE s - + COUNT 1", [[b"1-4", [b"a", b"1"]]]),
            ("XADD s MINID = 1-6 NOMKSTREAM 1-7 a 1", b"1-7"),
            ("XLEN s", 2),
            ("XADD s MAXLEN 0 1-8 a 1", b"1-8"),
            ("XLEN s", 0),
            ("EXISTS s", 1),
            ("XADD s MAXLEN ~ 5 LIMIT 10 1-9 a 1", b"1-9"),
        ],
    ),
    (
        "trimming refuses what makes no sense",
        [
            ("XADD s MAXLEN -1 1-1 a 1", "ERR The MAXLEN argument must be >= 0."),
            ("XADD s MAXLEN x 1-1 a 1", NOT_AN_INTEGER),
            ("XADD s MINID x 1-1 a 1", BAD_ID),
            ("XADD s MAXLEN 1 MINID 1 1-1 a 1", BOTH_TRIMS),
            ("XADD s MAXLEN 1 LIMIT 5 1-1 a 1", LIMIT_TILDE),
            ("XADD s MAXLEN ~ 1 LIMIT -1 1-1 a 1", "ERR The LIMIT argument must be >= 0."),
            ("XADD s LIMIT 5 1-1 a 1", LIMIT_ALONE),
            ("XADD s LIMIT 0 1-1 a 1", LIMIT_TILDE),
            ("XTRIM s LIMIT 5", LIMIT_ALONE),
            ("XTRIM s LIMIT 0", XTRIM_NEEDS),
            ("XTRIM s MAXLEN", "ERR wrong number of arguments for 'xtrim' command"),
            ("XTRIM s FOO 1", SYNTAX),
            ("XTRIM s MAXLEN 1 FOO", SYNTAX),
            ("XTRIM s MAXLEN = 1 LIMIT 1", LIMIT_TILDE),
            ("XTRIM s MAXLEN 1 MAXLEN 1", BOTH_TRIMS),
            ("EXISTS s", 0),
        ],
    ),
    (
        "xtrim",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 a 1", b"1-2"),
            ("XADD s 1-3 a 1", b"1-3"),
            ("XADD s 1-4 a 1", b"1-4"),
            ("XTRIM s MAXLEN 3", 1),
            ("XTRIM s MAXLEN 3", 0),
            ("XTRIM s MAXLEN ~ 1", 0),
            ("XTRIM s MINID 1-3", 1),
            ("XTRIM s MINID ~ 9", 2),
            ("XRANGE s - +", []),
            ("XTRIM s MAXLEN 0", 0),
            ("XLEN s", 0),
            ("XTRIM none MAXLEN 1", 0),
        ],
    ),
    (
        "xrange and xrevrange",
        [
            ("XADD s 1-0 a 1", b"1-0"),
            ("XADD s 1-1 a 2", b"1-1"),
            ("XADD s 2-0 a 3", b"2-0"),
            ("XADD s 3-5 a 4", b"3-5"),
            ("XRANGE s 1 1", [[b"1-0", [b"a", b"1"]], [b"1-1", [b"a", b"2"]]]),
            ("XRANGE s 1-1 2", [[b"1-1", [b"a", b"2"]], [b"2-0", [b"a", b"3"]]]),
            ("XRANGE s (1-0 (3-5", [[b"1-1", [b"a", b"2"]], [b"2-0", [b"a", b"3"]]]),
            ("XRANGE s - + COUNT 2", [[b"1-0", [b"a", b"1"]], [b"1-1", [b"a", b"2"]]]),
            ("XRANGE s 2 1", []),
            ("XRANGE s - + COUNT 0", None),
            ("XRANGE s - + COUNT -1", None),
            (
                "XREVRANGE s + -",
                [
                    [b"3-5", [b"a", b"4"]],
                    [b"2-0", [b"a", b"3"]],
                    [b"1-1", [b"a", b"2"]],
                    [b"1-0", [b"a", b"1"]],
                ],
            ),
            ("XREVRANGE s + - COUNT 1", [[b"3-5", [b"a", b"4"]]]),
            ("XREVRANGE s (2-0 1", [[b"1-1", [b"a", b"2"]], [b"1-0", [b"a", b"1"]]]),
            ("XREVRANGE s 2 (1", [[b"2-0", [b"a", b"3"]], [b"1-1", [b"a", b"2"]]]),
            (
                "XRANGE s (18446744073709551615-18446744073709551615 +",
                "ERR invalid start ID for the interval",
            ),
            ("XRANGE s - (0-0", "ERR invalid end ID for the interval"),
            ("XRANGE s (- +", BAD_ID),
            ("XRANGE s x +", BAD_ID),
            ("XRANGE s - + COUNT", SYNTAX),
            ("XRANGE s - + COUNT x", NOT_AN_INTEGER),
            ("XRANGE s - + FOO 1", SYNTAX),
            ("XRANGE none - +", []),
            ("XRANGE none - + COUNT 0", []),
        ],
    ),
    (
        "xdel",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 a 1", b"1-2"),
            ("XADD s 1-3 a 1", b"1-3"),
            ("XDEL s 1-2 1-2 9-9", 1),
            ("XRANGE s - +", [[b"1-1", [b"a", b"1"]], [b"1-3", [b"a", b"1"]]]),
            ("XDEL s x 1-1", BAD_ID),
            ("XDEL s 1-1 1-3", 2),
            ("XLEN s", 0),
            ("EXISTS s", 1),
            ("XADD s 1-3 a 1", TOP_ITEM),
            ("XDEL none 1-1", 0),
            ("XDEL s", "ERR wrong number of arguments for 'xdel' command"),
        ],
    ),
    (
        "xsetid",
        [
            ("XADD s 1-5 a 1", b"1-5"),
            ("XSETID s 9-0", b"OK"),
            ("XADD s 8-0 a 1", TOP_ITEM),
            ("XADD s 9-* a 1", b"9-1"),
            ("XSETID s 1-1", BELOW_TOP),
            ("XSETID s 20-0 ENTRIESADDED 100 MAXDELETEDID 5-0", b"OK"),
            ("XSETID s 20-0 ENTRIESADDED 1", BELOW_LENGTH),
            ("XSETID s 20-0 ENTRIESADDED -1", "ERR entries_added must be positive"),
            ("XSETID s 20-0 MAXDELETEDID 21-0", BELOW_GIVEN),
            ("XSETID s x", BAD_ID),
            ("XSETID none 1-1", NO_SUCH_KEY),
            ("XSETID s 20-0 FOO", SYNTAX),
        ],
    ),
    (
        "xread reads what is behind an id",
        [
            ("XADD a 1-1 x 1", b"1-1"),
            ("XADD a 1-2 x 2", b"1-2"),
            ("XADD b 1-1 y 1", b"1-1"),
            ("XREAD STREAMS a 0", [[b"a", [[b"1-1", [b"x", b"1"]], [b"1-2", [b"x", b"2"]]]]]),
            (
                "XREAD COUNT 1 STREAMS a b 0 0",
                [[b"a", [[b"1-1", [b"x", b"1"]]]], [b"b", [[b"1-1", [b"y", b"1"]]]]],
            ),
            ("XREAD STREAMS a b 1-1 1-1", [[b"a", [[b"1-2", [b"x", b"2"]]]]]),
            ("XREAD STREAMS a 1-2", None),
            ("XREAD STREAMS a $", None),
            ("XREAD STREAMS none 0", None),
            ("XREAD BLOCK 5 STREAMS a $", None),
            (
                "XREAD BLOCK 0 STREAMS a 0",
                [[b"a", [[b"1-1", [b"x", b"1"]], [b"1-2", [b"x", b"2"]]]]],
            ),
            (
                "XREAD COUNT 0 STREAMS a 0-0",
                [[b"a", [[b"1-1", [b"x", b"1"]], [b"1-2", [b"x", b"2"]]]]],
            ),
            ("XREAD count -5 streams a 1-1", [[b"a", [[b"1-2", [b"x", b"2"]]]]]),
        ],
    ),
    (
        "xread refuses what makes no sense",
        [
            ("XREAD STREAMS a", "ERR wrong number of arguments for 'xread' command"),
            ("XREAD COUNT x STREAMS a 0", NOT_AN_INTEGER),
            ("XREAD BLOCK x STREAMS a 0", "ERR timeout is not an integer or out of range"),
            ("XREAD BLOCK -1 STREAMS a 0", "ERR timeout is negative"),
            ("XREAD FOO STREAMS a 0", SYNTAX),
            ("XREAD STREAMS a x", BAD_ID),
            ("XREAD STREAMS a >", NOT_LIKE_THIS),
            ("XREAD GROUP g c STREAMS a 0", ONLY_GROUP),
            ("XREAD NOACK STREAMS a 0", ONLY_NOACK),
            ("XREAD COUNT 5 BLOCK 5", SYNTAX),
        ],
    ),
    (
        "xinfo stream",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 b 2 c 3", b"1-2"),
            ("XGROUP CREATE s g $", b"OK"),
            (
                "XINFO STREAM s",
                [
                    b"length",
                    2,
                    b"radix-tree-keys",
                    1,
                    b"radix-tree-nodes",
                    2,
                    b"last-generated-id",
                    b"1-2",
                    b"max-deleted-entry-id",
                    b"0-0",
                    b"entries-added",
                    2,
                    b"recorded-first-entry-id",
                    b"1-1",
                    b"groups",
                    1,
                    b"first-entry",
                    [b"1-1", [b"a", b"1"]],
                    b"last-entry",
                    [b"1-2", [b"b", b"2", b"c", b"3"]],
                ],
            ),
            ("XDEL s 1-1", 1),
            (
                "XINFO STREAM s",
                [
                    b"length",
                    1,
                    b"radix-tree-keys",
                    1,
                    b"radix-tree-nodes",
                    2,
                    b"last-generated-id",
                    b"1-2",
                    b"max-deleted-entry-id",
                    b"1-1",
                    b"entries-added",
                    2,
                    b"recorded-first-entry-id",
                    b"1-2",
                    b"groups",
                    1,
                    b"first-entry",
                    [b"1-2", [b"b", b"2", b"c", b"3"]],
                    b"last-entry",
                    [b"1-2", [b"b", b"2", b"c", b"3"]],
                ],
            ),
            ("XTRIM s MAXLEN 0", 1),
            (
                "XINFO STREAM s",
                [
                    b"length",
                    0,
                    b"radix-tree-keys",
                    0,
                    b"radix-tree-nodes",
                    1,
                    b"last-generated-id",
                    b"1-2",
                    b"max-deleted-entry-id",
                    b"1-1",
                    b"entries-added",
                    2,
                    b"recorded-first-entry-id",
                    b"0-0",
                    b"groups",
                    1,
                    b"first-entry",
                    None,
                    b"last-entry",
                    None,
                ],
            ),
            ("XINFO STREAM none", NO_SUCH_KEY),
            ("XINFO STREAM none FOO", NO_SUCH_KEY),
            ("XINFO STREAM", "ERR wrong number of arguments for 'xinfo|stream' command"),
            ("XINFO FOO s", "ERR unknown subcommand 'FOO'. Try XINFO HELP."),
        ],
    ),
    (
        "xinfo full shows what count says",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 a 1", b"1-2"),
            ("XADD s 1-3 a 1", b"1-3"),
            (
                "XINFO STREAM s FULL COUNT 1",
                [
                    b"length",
                    3,
                    b"radix-tree-keys",
                    1,
                    b"radix-tree-nodes",
                    2,
                    b"last-generated-id",
                    b"1-3",
                    b"max-deleted-entry-id",
                    b"0-0",
                    b"entries-added",
                    3,
                    b"recorded-first-entry-id",
                    b"1-1",
                    b"entries",
                    [[b"1-1", [b"a", b"1"]]],
                    b"groups",
                    [],
                ],
            ),
            (
                "XINFO STREAM s FULL COUNT 0",
                [
                    b"length",
                    3,
                    b"radix-tree-keys",
                    1,
                    b"radix-tree-nodes",
                    2,
                    b"last-generated-id",
                    b"1-3",
                    b"max-deleted-entry-id",
                    b"0-0",
                    b"entries-added",
                    3,
                    b"recorded-first-entry-id",
                    b"1-1",
                    b"entries",
                    [[b"1-1", [b"a", b"1"]], [b"1-2", [b"a", b"1"]], [b"1-3", [b"a", b"1"]]],
                    b"groups",
                    [],
                ],
            ),
            (
                "XINFO STREAM s FULL",
                [
                    b"length",
                    3,
                    b"radix-tree-keys",
                    1,
                    b"radix-tree-nodes",
                    2,
                    b"last-generated-id",
                    b"1-3",
                    b"max-deleted-entry-id",
                    b"0-0",
                    b"entries-added",
                    3,
                    b"recorded-first-entry-id",
                    b"1-1",
                    b"entries",
                    [[b"1-1", [b"a", b"1"]], [b"1-2", [b"a", b"1"]], [b"1-3", [b"a", b"1"]]],
                    b"groups",
                    [],
                ],
            ),
        ],
    ),
    (
        "wrong types",
        [
            ("SET k x", b"OK"),
            ("XADD k * a 1", WRONG_TYPE),
            ("XLEN k", WRONG_TYPE),
            ("XRANGE k - +", WRONG_TYPE),
            ("XREVRANGE k + -", WRONG_TYPE),
            ("XDEL k 1-1", WRONG_TYPE),
            ("XTRIM k MAXLEN 1", WRONG_TYPE),
            ("XSETID k 1-1", WRONG_TYPE),
            ("XREAD STREAMS k 0", WRONG_TYPE),
            ("XINFO STREAM k", WRONG_TYPE),
        ],
    ),
    (
        "nothing waits inside a transaction",
        [
            ("XGROUP CREATE s g 0 MKSTREAM", b"OK"),
            ("MULTI", b"OK"),
            ("XREAD BLOCK 0 STREAMS s $", b"QUEUED"),
            ("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", b"QUEUED"),
            ("EXEC", [None, None]),
        ],
    ),
]

VALKEY_CASES: list[Case] = [
    (
        "xread takes the last entry with a plus",
        [
            ("XADD s 1-1 a 1", b"1-1"),
            ("XADD s 1-2 a 2", b"1-2"),
            ("XREAD STREAMS s +", [[b"s", [[b"1-2", [b"a", b"2"]]]]]),
            ("XREAD COUNT 5 STREAMS s none + +", [[b"s", [[b"1-2", [b"a", b"2"]]]]]),
            ("XDEL s 1-2", 1),
            ("XREAD STREAMS s +", None),
            (
                "XREADGROUP GROUP g c STREAMS s +",
                "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option",
            ),
            ("XGROUP CREATE s g 0", b"OK"),
            ("XREADGROUP GROUP g c STREAMS s +", MEANINGLESS_PLUS),
            ("XGROUP CREATE empty g 0 MKSTREAM", b"OK"),
            ("XREAD STREAMS empty +", "ERR the stream last element ID is 0-0"),
        ],
    ),
    (
        "a full millisecond takes no more",
        [
            ("XADD s 7-18446744073709551615 a 1", b"7-18446744073709551615"),
            ("XADD s 7-* a 1", TOP_ITEM),
        ],
    ),
    (
        "xsetid looks at what is deleted before it looks at the top",
        [
            ("XADD s 1-5 a 1", b"1-5"),
            ("XSETID s 20-0 MAXDELETEDID 5-0", b"OK"),
            ("XSETID s 4-0", BELOW_DELETED),
        ],
    ),
    (
        "streams and ids come in pairs",
        [
            ("XREAD STREAMS a b 0", PAIRS),
            ("XREADGROUP GROUP g c STREAMS s s >", GROUP_PAIRS),
        ],
    ),
    (
        "xread cannot wait beyond the end of time",
        [
            (
                "XREAD BLOCK 9223372036854775807 STREAMS s $",
                "ERR timeout is out of range",
            ),
        ],
    ),
]


@cases(CASES)
def test_streams_answer_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


@pytest.mark.targets("mock", "valkey")  # Redis 7.0 differs or does not have it
@cases(VALKEY_CASES)
def test_streams_answer_as_valkey_8_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)
