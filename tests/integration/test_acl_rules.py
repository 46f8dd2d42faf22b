"""ACL SETUSER and what GETUSER and LIST say afterwards, on every target."""

from __future__ import annotations

from typing import Any

import pytest

from mock_backend import MockServer
from tests.integration.acl_machine import differences
from tests.integration.steps import Case, Steps, cases, check
from tests.integration.wire import Wire
from tests.targets import COMPAT, LINES, Server

HASH = "70617373" * 8

WRONG = "ERR Error in ACL SETUSER modifier"
UNKNOWN = "Unknown command or category name in ACL"
KEYS_AFTER_ALL = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have"
    " any effect. Try 'resetkeys' to start with an empty list of patterns"
)
CHANNELS_AFTER_ALL = KEYS_AFTER_ALL.replace("keys", "channels").replace(
    "list of patterns", "list of channels"
)
BAD_HASH = (
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
    " characters"
)

REFUSED: list[Case] = [
    (
        "rules that cannot be applied are named, and none is",
        [
            ("ACL SETUSER bob on +get nonsense", f"{WRONG} 'nonsense': Syntax error"),
            ("ACL SETUSER bob +nosuch", f"{WRONG} '+nosuch': {UNKNOWN}"),
            ("ACL SETUSER bob -nosuch", f"{WRONG} '-nosuch': {UNKNOWN}"),
            ("ACL SETUSER bob +@nosuch", f"{WRONG} '+@nosuch': {UNKNOWN}"),
            ("ACL SETUSER bob +config|nosuch", f"{WRONG} '+config|nosuch': {UNKNOWN}"),
            ("ACL SETUSER bob -config|nosuch", f"{WRONG} '-config|nosuch': {UNKNOWN}"),
            ("ACL SETUSER bob -get|a", f"{WRONG} '-get|a': {UNKNOWN}"),
            ("ACL SETUSER bob +get|a|b", f"{WRONG} '+get|a|b': {UNKNOWN}"),
            ("ACL SETUSER bob +get|", f"{WRONG} '+get|': Syntax error"),
            (
                "ACL SETUSER bob +config|get|x",
                f"{WRONG} '+config|get|x': Allowing first-arg of a subcommand is not supported",
            ),
            ("ACL SETUSER bob allkeys ~a", f"{WRONG} '~a': {KEYS_AFTER_ALL}"),
            ("ACL SETUSER bob ~* %R~a", f"{WRONG} '%R~a': {KEYS_AFTER_ALL}"),
            ("ACL SETUSER bob allchannels &a", f"{WRONG} '&a': {CHANNELS_AFTER_ALL}"),
            ("ACL SETUSER bob '~a b'", f"{WRONG} '~a b': Syntax error"),
            ("ACL SETUSER bob '&a b'", f"{WRONG} '&a b': Syntax error"),
            ("ACL SETUSER bob %X~a", f"{WRONG} '%X~a': Syntax error"),
            ("ACL SETUSER bob %RR~a", f"{WRONG} '%RR~a': Syntax error"),
            ("ACL SETUSER bob #abc", f"{WRONG} '#abc': {BAD_HASH}"),
            ("ACL SETUSER bob !abc", f"{WRONG} '!abc': {BAD_HASH}"),
            (
                "ACL SETUSER bob <pw",
                f"{WRONG} '<pw': The password you are trying to remove from the user does not"
                " exist",
            ),
            ("ACL SETUSER bob (nonsense)", f"{WRONG} '(nonsense)': Syntax error"),
            ("ACL SETUSER bob '(&* &a)'", f"{WRONG} '(&* &a)': {CHANNELS_AFTER_ALL}"),
            ("ACL SETUSER bob )", f"{WRONG} ')': Syntax error"),
            ("ACL SETUSER bob ' () '", f"{WRONG} ' () ': Syntax error"),
            (
                "ACL SETUSER bob (+get +set",
                "ERR Unmatched parenthesis in acl selector starting at '(+get'.",
            ),
            (
                "ACL SETUSER 'b b' on",
                "ERR Usernames can't contain spaces or null characters",
            ),
            ("ACL GETUSER bob", None),
            ("ACL USERS", [b"default"]),
        ],
    ),
    (
        "who is nobody",
        [
            ("ACL DELUSER nobody none", 0),
            ("ACL DELUSER default", "ERR The 'default' user cannot be removed"),
            ("ACL DELUSER nobody default", "ERR The 'default' user cannot be removed"),
            ("ACL DRYRUN nobody get a", "ERR User 'nobody' not found"),
            ("ACL DRYRUN default nosuch a", "ERR Command 'nosuch' not found"),
            ("ACL DRYRUN default config nosuch", "ERR Command 'config' not found"),
            ("ACL DRYRUN default get", "ERR wrong number of arguments for 'get' command"),
            ("ACL DRYRUN default get a", b"OK"),
            ("AUTH nobody pw", "WRONGPASS invalid username-password pair or user is disabled."),
            ("CLIENT KILL USER nobody", "ERR No such user 'nobody'"),
        ],
    ),
    (
        "words that make no sense",
        [
            ("ACL", "ERR wrong number of arguments for 'acl' command"),
            ("ACL NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try ACL HELP."),
            ("ACL SETUSER", "ERR wrong number of arguments for 'acl|setuser' command"),
            ("ACL GETUSER a b", "ERR wrong number of arguments for 'acl|getuser' command"),
            (
                "ACL cat a b",
                "ERR unknown subcommand or wrong number of arguments for 'cat'. Try ACL HELP.",
            ),
            ("ACL CAT nosuch", "ERR Unknown category 'nosuch'"),
            ("ACL LOG x", "ERR value is not an integer or out of range"),
            (
                "ACL GENPASS 0",
                "ERR ACL GENPASS argument must be the number of bits for the output password, a"
                " positive number up to 4096",
            ),
            (
                "ACL GENPASS 4097",
                "ERR ACL GENPASS argument must be the number of bits for the output password, a"
                " positive number up to 4096",
            ),
            ("ACL GENPASS x", "ERR value is not an integer or out of range"),
            (
                "AUTH pw",
                "ERR AUTH <password> called without any password configured for the default user."
                " Are you sure your configuration is correct?",
            ),
            ("AUTH a b c", "ERR syntax error"),
        ],
    ),
]


@cases(REFUSED)
def test_what_cannot_be_is_refused(wire: Wire, steps: Steps) -> None:
    check(wire, steps)


def user(wire: Wire, name: str = "bob") -> dict[str, Any]:
    """ACL GETUSER as a dictionary."""
    reply = wire("ACL", "GETUSER", name)
    return {reply[at].decode(): reply[at + 1] for at in range(0, len(reply), 2)}


DESCRIBED = [
    ("on +get +set -set ~a", b"-@all +get -set", b"-@all +get"),
    ("+@all -get", b"+@all -get", b"+@all -get"),
    ("allcommands -@hash -@slow +hget", b"+@all -@hash -@slow +hget", None),
    ("+@hash +@slow +@set +@set +@slow +@hash", b"-@all +@set +@slow +@hash", None),
    ("+hget -hset +hset -hget", b"-@all +hset -hget", b"-@all +hset"),
    ("+GET +gEt", b"-@all +get", b"-@all +get"),
    (
        "+client|list +client|list +config|get +config +acl|list -acl",
        b"-@all +client|list +config -acl",
        b"-@all +config +client|list",
    ),
    ("+memory|doctor +memory", b"-@all +memory", b"-@all +memory"),
    ("+config -config|set", b"-@all +config -config|set", b"-@all +config -config|set"),
    ("+select|0 +select|1 +select|0", b"-@all +select|1 +select|0", b"-@all +select|0 +select|1"),
    ("+select|0 -select", b"-@all -select", b"-@all"),
    ("+@pubsub", b"-@all +@pubsub", b"-@all +@pubsub"),
    ("+@all -@pubsub +publish", b"+@all -@pubsub +publish", b"+@all -@pubsub +publish"),
    ("+@all +@hash nocommands", b"-@all", b"-@all"),
    ("-@all", b"-@all", b"-@all"),
]


@pytest.mark.parametrize(("rules", "remembered", "fitted"), DESCRIBED)
def test_rules_about_commands_are_told_as_the_server_keeps_them(
    wire: Wire, server: Server, rules: str, remembered: bytes, fitted: bytes | None
) -> None:
    """Redis 7.0 keeps a set and finds rules for it, in the order of a hash table."""
    assert wire("ACL", "SETUSER", "bob", *rules.split()) == b"OK"

    commands = user(wire)["commands"]

    if server.line == "valkey":
        assert commands == remembered
    elif fitted is not None:
        assert sorted(commands.split()) == sorted(fitted.split())
    assert wire("ACL", "SETUSER", "twin", *commands.decode().split()) == b"OK"
    assert sorted(user(wire, "twin")["commands"].split()) == sorted(commands.split())


def test_a_new_user_may_do_nothing(wire: Wire, server: Server) -> None:
    flags = [b"off"] if server.line == "redis" else [b"off", b"sanitize-payload"]

    wire("ACL", "SETUSER", "bob")

    assert user(wire) == {
        "flags": flags,
        "passwords": [],
        "commands": b"-@all",
        "keys": b"",
        "channels": b"",
        "selectors": [],
    }


def test_the_default_user_may_do_everything(wire: Wire, server: Server) -> None:
    sanitizes = b"" if server.line == "redis" else b" sanitize-payload"

    assert wire("ACL", "WHOAMI") == b"default"
    assert wire("ACL", "USERS") == [b"default"]
    assert wire("ACL", "LIST") == [b"user default on nopass" + sanitizes + b" ~* &* +@all"]


def test_a_user_is_listed_as_it_could_be_made_again(wire: Wire, server: Server) -> None:
    sanitizes = b"" if server.line == "redis" else b" sanitize-payload"
    rules = "on >pw ~a %R~b %W~c %RW~d %R~c &ch +get (~x +set) (allkeys +ping &y)"
    wire("ACL", "SETUSER", "bob", *rules.split())

    line, _ = wire("ACL", "LIST")

    assert line == (
        b"user bob on"
        + sanitizes
        + b" #30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4"
        b" ~a %R~b ~c ~d resetchannels &ch -@all +get"
        b" (~x resetchannels -@all +set) (~* resetchannels &y -@all +ping)"
    )
    wire("ACL", "SETUSER", "twin", *line.decode().split()[2:])
    assert wire("ACL", "LIST")[2] == line.replace(b"bob", b"twin")


def test_a_selector_may_be_spread_over_several_words(wire: Wire) -> None:
    wire("ACL", "SETUSER", "bob", "(~a", "+get", ")", "( ~b +get )", "(", "~c", ")", "()")

    selectors = user(wire)["selectors"]

    assert [each[3] for each in selectors] == [b"~a", b"~b", b"~c", b""]
    wire("ACL", "SETUSER", "bob", "clearselectors")
    assert user(wire)["selectors"] == []


def test_passwords_come_and_go(wire: Wire) -> None:
    wire("ACL", "SETUSER", "bob", "on", ">one", ">two", ">one", f"#{HASH}")
    one, two, third = user(wire)["passwords"]
    assert third == HASH.encode()
    assert wire("AUTH", "bob", "two") == b"OK"
    assert wire("AUTH", "default", "") == b"OK"

    wire("ACL", "SETUSER", "bob", "<two", f"!{HASH}")
    assert user(wire)["passwords"] == [one]
    assert str(wire("AUTH", "bob", "two")).startswith("WRONGPASS")

    wire("ACL", "SETUSER", "bob", "nopass")
    assert user(wire)["passwords"] == []
    assert b"nopass" in user(wire)["flags"]
    wire("ACL", "SETUSER", "bob", f"#{two.decode()}")
    assert b"nopass" not in user(wire)["flags"]

    wire("ACL", "SETUSER", "bob", "resetpass", ">x", "off")
    assert str(wire("AUTH", "bob", "x")).startswith("WRONGPASS")


def test_reset_takes_everything_back(wire: Wire) -> None:
    wire("ACL", "SETUSER", "bob", "on", "nopass", "+@all", "~*", "&*", "(+get)", "reset")

    assert user(wire) == {
        "flags": [b"off", b"sanitize-payload"],
        "passwords": [],
        "commands": b"-@all",
        "keys": b"",
        "channels": b"",
        "selectors": [],
    }


def test_new_selectors_begin_with_the_channels_that_the_configuration_gives(wire: Wire) -> None:
    wire("CONFIG", "SET", "acl-pubsub-default", "allchannels")
    wire("ACL", "SETUSER", "bob", "(+get)")
    assert user(wire)["channels"] == b"&*"
    assert user(wire)["selectors"][0][5] == b"&*"
    wire("CONFIG", "SET", "acl-pubsub-default", "resetchannels")
    wire("ACL", "SETUSER", "carl", "on")
    wire("ACL", "SETUSER", "bob", "on")
    assert user(wire)["channels"] == b"&*"
    assert user(wire, "carl")["channels"] == b""


def test_getuser_is_a_map_with_a_set_in_resp3(wire3: Wire) -> None:
    wire3("ACL", "SETUSER", "bob", "on", "(+get)")

    reply = wire3("ACL", "GETUSER", "bob")

    assert list(reply) == [b"flags", b"passwords", b"commands", b"keys", b"channels", b"selectors"]
    assert reply[b"selectors"] == [{b"commands": b"-@all +get", b"keys": b"", b"channels": b""}]
    assert wire3("ACL", "GETUSER", "nobody") is None


def test_categories_hold_commands_and_subcommands(wire: Wire) -> None:
    categories = (
        "keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub"
        " admin fast slow blocking dangerous connection transaction scripting"
    )
    assert wire("ACL", "CAT") == categories.encode().split()
    assert sorted(wire("ACL", "CAT", "TRANSACTION")) == [
        *(b"discard", b"exec", b"multi", b"unwatch", b"watch")
    ]
    admin = wire("ACL", "CAT", "admin")
    assert b"config|set" in admin
    assert b"get" not in admin


@pytest.mark.parametrize(("bits", "digits"), [((), 64), ((1,), 1), ((5,), 2), ((4096,), 1024)])
def test_a_generated_password_has_as_many_bits_as_are_asked_for(
    wire: Wire, bits: tuple[int, ...], digits: int
) -> None:
    first, second = (wire("ACL", "GENPASS", *bits) for _ in range(2))

    assert len(first) == len(second) == digits
    assert set(first) <= set(b"0123456789abcdef")
    if digits > 16:
        assert first != second


def test_help_names_every_subcommand(wire: Wire) -> None:
    lines = wire("ACL", "HELP")

    assert lines[0] == b"ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert lines[-2:] == [b"HELP", b"    Print this help."] or lines[-1] == b"    Prints this help."
    for start in (b"CAT [", b"DELUSER <", b"DRYRUN <", b"GETUSER <", b"LOG [", b"SETUSER <"):
        assert any(line.startswith(start) for line in lines)
    assert str(wire("ACL", "HELP", "x")) == ("ERR wrong number of arguments for 'acl|help' command")


@pytest.mark.targets("valkey", "redis")
def test_random_users_are_told_alike_by_the_mock_and_the_server(wire: Wire, server: Server) -> None:
    (compat,) = (COMPAT[name] for name in COMPAT if LINES[name] == server.line)
    with MockServer(compat=compat) as mock:
        other = Wire(mock.host, mock.port)
        try:
            found = differences(wire, other, server.line, rounds=150, seed=1)
        finally:
            other.close()

    assert found == []
