"""Positions, on the mock and on the real servers: every reply is what both servers said."""

from __future__ import annotations

import random

import pytest

from mock_backend import MockServer
from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import Server

SYNTAX = "ERR syntax error"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_A_FLOAT = "ERR value is not a valid float"
UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI"
RADIUS = "ERR need numeric radius"
NO_MEMBER = "ERR could not decode requested zset member"
NOT_COMPATIBLE = "is not compatible with WITHDIST, WITHHASH and WITHCOORD options"

CASES: list[Case] = [
    (
        "geoadd",
        [
            ("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", 2),
            ("GEOADD g 13.361389 38.115556 Palermo", 0),
            ("GEOADD g NX 1 1 Palermo 2 2 new", 1),
            ("GEOADD g XX 3 3 Palermo 4 4 none", 0),
            ("GEOADD g CH 3.5 3.5 Palermo 5 5 other", 2),
            ("GEOADD g xx ch 3.5 3.5 Palermo", 0),
            (
                "ZRANGE g 0 -1 WITHSCORES",
                [
                    b"new",
                    b"3378191666521995",
                    b"Palermo",
                    b"3379433463468990",
                    b"other",
                    b"3379881761160527",
                    b"Catania",
                    b"3479447370796909",
                ],
            ),
            ("TYPE g", b"zset"),
            ("GEOADD edge -180 -85.05112878 southwest 180 85.05112878 northeast 0 0 middle", 3),
            (
                "ZRANGE edge 0 -1 WITHSCORES",
                [
                    b"southwest",
                    b"0",
                    b"middle",
                    b"3377699720527872",
                    b"northeast",
                    b"13510798882111488",
                ],
            ),
            ("GEOADD none XX 1 1 a", 0),
            ("EXISTS none", 0),
        ],
    ),
    (
        "errors of geoadd",
        [
            ("GEOADD g 1 2", "ERR wrong number of arguments for 'geoadd' command"),
            ("GEOADD g 1 2 a 3", SYNTAX),
            ("GEOADD g NX XX 1 2 a", SYNTAX),
            ("GEOADD g 1 x a", NOT_A_FLOAT),
            ("GEOADD g 181 2 a", "ERR invalid longitude,latitude pair 181.000000,2.000000"),
            ("GEOADD g 1 85.06 a", "ERR invalid longitude,latitude pair 1.000000,85.060000"),
            ("GEOADD g 1 2 a 1 nan b", NOT_A_FLOAT),
            ("EXISTS g", 0),
            ("SET k x", b"OK"),
            ("GEOADD k 1 2 a", WRONG_TYPE),
            ("GEOADD k 200 2 a", "ERR invalid longitude,latitude pair 200.000000,2.000000"),
        ],
    ),
    (
        "geopos, geohash and geodist",
        [
            (
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
                " -122.27652 37.805186 station",
                3,
            ),
            (
                "GEOPOS g Palermo none Catania",
                [
                    [b"13.36138933897018433", b"38.11555639549629859"],
                    None,
                    [b"15.08726745843887329", b"37.50266842333162032"],
                ],
            ),
            ("GEOPOS g", []),
            ("GEOPOS none a b", [None, None]),
            ("GEOHASH g Palermo none station", [b"sqc8b49rny0", None, b"9q9p1d0znt0"]),
            ("GEOHASH g", []),
            ("GEOHASH none a", [None]),
            ("GEODIST g Palermo Catania", b"166274.1516"),
            ("GEODIST g Palermo Catania km", b"166.2742"),
            ("GEODIST g Palermo Catania MI", b"103.3182"),
            ("GEODIST g Palermo Catania ft", b"545518.8700"),
            ("GEODIST g Palermo Palermo", b"0.0000"),
            ("GEODIST g Palermo none", None),
            ("GEODIST none a b", None),
            ("GEODIST g Palermo Catania parsec", UNIT),
            ("GEODIST none a b parsec", UNIT),
            ("GEODIST g Palermo Catania m m", SYNTAX),
            ("SET k x", b"OK"),
            ("GEODIST k a b", WRONG_TYPE),
            ("GEOPOS k a", WRONG_TYPE),
            ("GEOHASH k a", WRONG_TYPE),
        ],
    ),
    (
        "any sorted set has positions",
        [
            ("ZADD z 0 a 1.5 b -1 c 4503599627370495 d", 4),
            (
                "GEOPOS z a b d",
                [
                    [b"-179.99999731779098511", b"-85.05112751263942528"],
                    [b"-179.99999731779098511", b"-85.05112497791824921"],
                    [b"179.99999731779098511", b"85.05112751263942528"],
                ],
            ),
            ("GEOHASH z a c d", [b"00bh0hbj200", b"bp05b5048p0", b"zzpgzgpfxz0"]),
        ],
    ),
    (
        "geosearch by radius",
        [
            (
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
                " 12.758489 38.788135 edge1 17.241510 38.788135 edge2",
                4,
            ),
            ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC", [b"Catania", b"Palermo"]),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km DESC",
                [b"edge1", b"edge2", b"Palermo", b"Catania"],
            ),
            ("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 0 m", [b"Palermo"]),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH",
                [
                    [
                        b"Catania",
                        b"56.4413",
                        3479447370796909,
                        [b"15.08726745843887329", b"37.50266842333162032"],
                    ],
                    [
                        b"Palermo",
                        b"190.4424",
                        3479099956230698,
                        [b"13.36138933897018433", b"38.11555639549629859"],
                    ],
                ],
            ),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 124 mi WITHDIST ASC",
                [[b"Catania", b"35.0711"], [b"Palermo", b"118.3357"]],
            ),
            ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km COUNT 2", [b"Catania", b"Palermo"]),
            ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km COUNT 2 DESC", [b"edge1", b"edge2"]),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 400 km COUNT 9 ANY ASC",
                [b"Catania", b"Palermo", b"edge2", b"edge1"],
            ),
            ("GEOSEARCH g FROMLONLAT -100 -40 BYRADIUS 1 km", []),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS inf km ASC",
                [b"Catania", b"Palermo", b"edge2", b"edge1"],
            ),
            ("GEOSEARCH none FROMLONLAT 15 37 BYRADIUS 1 km", []),
            ("GEOSEARCH none FROMMEMBER a BYRADIUS 1 km", []),
        ],
    ),
    (
        "geosearch by box",
        [
            (
                "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
                " 12.758489 38.788135 edge1 17.241510 38.788135 edge2",
                4,
            ),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC",
                [b"Catania", b"Palermo", b"edge2", b"edge1"],
            ),
            (
                "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST",
                [
                    [b"Catania", b"56.4413"],
                    [b"Palermo", b"190.4424"],
                    [b"edge2", b"279.7403"],
                    [b"edge1", b"279.7405"],
                ],
            ),
            ("GEOSEARCH g FROMMEMBER Palermo BYBOX 0 0 m", [b"Palermo"]),
            ("GEOSEARCH g FROMLONLAT 15 37 BYBOX 300 110 km DESC WITHCOORD", []),
            ("GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 4 km", []),
        ],
    ),
    (
        "a search passes the 180th meridian and stays near the poles",
        [
            ("GEOADD p 179.9 10 east -179.9 10 west 179.9 85 pole", 3),
            ("GEOSEARCH p FROMLONLAT 180 10 BYRADIUS 50 km ASC WITHDIST", [[b"east", b"10.9537"]]),
            ("GEOSEARCH p FROMLONLAT -180 10 BYBOX 50 50 km ASC", [b"east", b"west"]),
            ("GEOSEARCH p FROMLONLAT 0 85 BYRADIUS 1200 km", [b"pole"]),
            ("GEOSEARCH p FROMLONLAT 0 0 BYRADIUS 20000 km ASC", [b"pole", b"east", b"west"]),
        ],
    ),
    (
        "what is wrong with a search is said in the server's order",
        [
            ("GEOADD g 13.361389 38.115556 Palermo", 1),
            ("GEOSEARCH g FROMMEMBER none BYRADIUS 1 km", NO_MEMBER),
            (
                "GEOSEARCH g FROMLONLAT 200 1 BYRADIUS 1 km",
                "ERR invalid longitude,latitude pair 200.000000,1.000000",
            ),
            ("GEOSEARCH g FROMLONLAT 1 x BYRADIUS 1 km", NOT_A_FLOAT),
            ("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS x km", RADIUS),
            ("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS -1 km", "ERR radius cannot be negative"),
            ("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 parsec", UNIT),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX x 1 km", "ERR need numeric width"),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 x km", "ERR need numeric height"),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 -1 km", "ERR height or width cannot be negative"),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km COUNT 0", "ERR COUNT must be > 0"),
            (
                "GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km COUNT x",
                "ERR value is not an integer or out of range",
            ),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km COUNT", SYNTAX),
            (
                "GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km ANY",
                "ERR the ANY argument requires COUNT argument",
            ),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km NOPE", SYNTAX),
            ("GEOSEARCH g FROMLONLAT 1 1 FROMMEMBER Palermo BYRADIUS 1 km", SYNTAX),
            ("GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 km BYRADIUS 1 km", SYNTAX),
            (
                "GEOSEARCH g FROMLONLAT 1 1 ASC DESC WITHDIST",
                "ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH",
            ),
            (
                "GEOSEARCH g BYRADIUS 1 km ASC DESC WITHDIST",
                "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH",
            ),
            (
                "geosearch g BYRADIUS 1 km ASC DESC WITHDIST",
                "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch",
            ),
            ("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km STOREDIST", SYNTAX),
            ("GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1", SYNTAX),
            ("GEOSEARCH none FROMMEMBER a BYRADIUS 1 parsec", UNIT),
            ("GEOSEARCH none FROMLONLAT 1 1 BYRADIUS 1 km NOPE", SYNTAX),
            ("SET k x", b"OK"),
            ("GEOSEARCH k FROMLONLAT 1 1 NOPE NOPE NOPE", WRONG_TYPE),
        ],
    ),
    (
        "geosearchstore",
        [
            ("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", 2),
            ("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km", 2),
            (
                "ZRANGE d 0 -1 WITHSCORES",
                [b"Palermo", b"3479099956230698", b"Catania", b"3479447370796909"],
            ),
            ("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1 STOREDIST", 1),
            ("ZRANGE d 0 -1", [b"Catania"]),
            ("GEOSEARCHSTORE d g FROMLONLAT 100 37 BYRADIUS 1 km", 0),
            ("EXISTS d", 0),
            ("SET d x", b"OK"),
            ("GEOSEARCHSTORE d none FROMLONLAT 15 37 BYRADIUS 200 km", 0),
            ("EXISTS d", 0),
            (
                "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
                f"ERR GEOSEARCHSTORE {NOT_COMPATIBLE}",
            ),
            ("GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST STOREDIST", 2),
            ("GEOSEARCHSTORE d g FROMLONLAT 15 37 ASC BYRADIUS 200", SYNTAX),
        ],
    ),
    (
        "georadius and its kin",
        [
            ("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", 2),
            ("GEORADIUS g 15 37 200 km ASC", [b"Catania", b"Palermo"]),
            (
                "GEORADIUS g 15 37 200 km WITHDIST DESC",
                [[b"Palermo", b"190.4424"], [b"Catania", b"56.4413"]],
            ),
            (
                "GEORADIUS g 15 37 200 km WITHCOORD WITHHASH COUNT 1",
                [
                    [
                        b"Catania",
                        3479447370796909,
                        [b"15.08726745843887329", b"37.50266842333162032"],
                    ]
                ],
            ),
            ("GEORADIUS_RO g 15 37 200 km ASC", [b"Catania", b"Palermo"]),
            ("GEORADIUSBYMEMBER g Palermo 200 km ASC", [b"Palermo", b"Catania"]),
            ("GEORADIUSBYMEMBER_RO g Palermo 100 km", [b"Palermo"]),
            ("GEORADIUS g 15 37 200 km STORE d", 2),
            (
                "ZRANGE d 0 -1 WITHSCORES",
                [b"Palermo", b"3479099956230698", b"Catania", b"3479447370796909"],
            ),
            ("GEORADIUS g 15 37 200 km STOREDIST d COUNT 1", 1),
            ("ZCARD d", 1),
            ("GEORADIUSBYMEMBER g Palermo 100 km STORE one STOREDIST two", 1),
            ("EXISTS one two", 1),
            (
                "GEORADIUS g 15 37 200 km STORE d WITHDIST",
                f"ERR STORE option in GEORADIUS {NOT_COMPATIBLE}",
            ),
            ("GEORADIUS_RO g 15 37 200 km STORE d", SYNTAX),
            ("GEORADIUSBYMEMBER_RO g Palermo 200 km STOREDIST d", SYNTAX),
            ("GEORADIUS g 15 37 200 km STORE", SYNTAX),
            ("GEORADIUS g 15 37 200 km FROMMEMBER Palermo", SYNTAX),
            ("GEORADIUS g 15 37 -1 km", "ERR radius cannot be negative"),
            ("GEORADIUS g 15 37 x km", RADIUS),
            ("GEORADIUS g 15 37 1 parsec", UNIT),
            ("GEORADIUS g 15 100 1 km", "ERR invalid longitude,latitude pair 15.000000,100.000000"),
            ("GEORADIUSBYMEMBER g none 200 km", NO_MEMBER),
            ("GEORADIUSBYMEMBER none none x parsec", []),
            ("GEORADIUSBYMEMBER none none x parsec STORE d", 0),
            ("EXISTS d", 0),
            ("GEORADIUS none 15 37 x km", RADIUS),
            ("SET k x", b"OK"),
            ("GEORADIUS k 15 37 200 km", WRONG_TYPE),
            ("GEORADIUSBYMEMBER k a 200 km", WRONG_TYPE),
        ],
    ),
    (
        "arities",
        [
            ("GEOADD g 1 2", "ERR wrong number of arguments for 'geoadd' command"),
            ("GEODIST g a", "ERR wrong number of arguments for 'geodist' command"),
            ("GEOHASH", "ERR wrong number of arguments for 'geohash' command"),
            ("GEOPOS", "ERR wrong number of arguments for 'geopos' command"),
            ("GEOSEARCH g a b c d", "ERR wrong number of arguments for 'geosearch' command"),
            (
                "GEOSEARCHSTORE d g a b c d",
                "ERR wrong number of arguments for 'geosearchstore' command",
            ),
            ("GEORADIUS g 1 2 3", "ERR wrong number of arguments for 'georadius' command"),
            ("GEORADIUS_RO g 1 2 3", "ERR wrong number of arguments for 'georadius_ro' command"),
            (
                "GEORADIUSBYMEMBER g a 1",
                "ERR wrong number of arguments for 'georadiusbymember' command",
            ),
            (
                "GEORADIUSBYMEMBER_RO g a 1",
                "ERR wrong number of arguments for 'georadiusbymember_ro' command",
            ),
            ("COMMAND GETKEYS GEORADIUS a 1 2 3 km STORE b STOREDIST c", [b"a", b"b", b"c"]),
            ("COMMAND GETKEYS GEOSEARCHSTORE a b FROMMEMBER x BYRADIUS 1 m", [b"a", b"b"]),
        ],
    ),
]


@cases(CASES)
def test_positions_are_answered_as_the_server_does(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def test_coordinates_are_doubles_of_resp3_and_distances_are_not(wire3: Wire) -> None:
    wire3("GEOADD", "g", 13.361389, 38.115556, "Palermo")

    wire3.send("GEOPOS", "g", "Palermo", "none")
    assert wire3.peek() == b"*"
    assert wire3.read() == [[13.36138933897018433, 38.11555639549629859], None]
    found = wire3(
        "GEOSEARCH",
        "g",
        "FROMMEMBER",
        "Palermo",
        "BYRADIUS",
        1,
        "m",
        "WITHCOORD",
        "WITHDIST",
        "WITHHASH",
    )
    assert found == [
        [b"Palermo", b"0.0000", 3479099956230698, [13.36138933897018433, 38.11555639549629859]]
    ]
    wire3.send("GEODIST", "g", "Palermo", "none")
    assert wire3.peek() == b"_"


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("seed", [1, 2])
def test_random_searches_find_what_the_mock_finds(server: Server, wire: Wire, seed: int) -> None:
    chance = random.Random(seed)
    with MockServer(compat=f"{server.line}-{'.'.join(server.version.split('.')[:2])}") as mock:
        ours = Wire(mock.host, mock.port)

        def ask(*words: str | int) -> None:
            assert str(ours(*words)) == str(wire(*words)), words

        for number in range(1_000):
            ask("GEOADD", "g", *place(chance), f"m{number}")
        for _ in range(300):
            member = f"m{chance.randrange(1_000)}"
            start = (
                ("FROMMEMBER", member) if chance.random() < 0.5 else ("FROMLONLAT", *place(chance))
            )
            size, unit = str(10 ** chance.uniform(0, 7.5)), chance.choice(["m", "km", "ft", "mi"])
            shape = (
                ("BYRADIUS", size, unit)
                if chance.random() < 0.5
                else ("BYBOX", size, str(10 ** chance.uniform(0, 7.5)), unit)
            )
            count = chance.choice([(), ("COUNT", 5), ("COUNT", 5, "ANY")])
            order = chance.choice([(), ("ASC",), ("DESC",)])
            ask("GEOSEARCH", "g", *start, *shape, *count, *order, "WITHDIST", "WITHHASH")
            ask("GEODIST", "g", member, f"m{chance.randrange(1_000)}", unit)
            ask("GEOPOS", "g", member)
            ask("GEOHASH", "g", member)
        ours.close()


def place(chance: random.Random) -> tuple[str, str]:
    """Anywhere, or in a crowded region."""
    if chance.random() < 0.5:
        return str(chance.uniform(-180, 180)), str(chance.uniform(-85, 85))
    return str(chance.gauss(13, 0.5)), str(chance.gauss(38, 0.5))
