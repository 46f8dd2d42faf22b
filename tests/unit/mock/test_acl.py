"""Access control: who is looked at, which words are keys, and rules that leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_backend import MockServer
from mock_backend.schema.access import channels_of, keys_with_flags
from mock_backend.transport.memory import MemoryClient

Client = Callable[[], MemoryClient]

READ = ("RO", "access")
OVERWRITE = ("OW", "update")
CHANGE = ("RW", "access", "update")


def test_nobody_looks_at_sessions_that_may_do_everything(client: Client) -> None:
    admin, other = client(), client()
    assert not other.session.gated

    admin("ACL", "SETUSER", "default", "-debug")
    assert other.session.gated
    admin("ACL", "SETUSER", "default", "+@all")
    assert not other.session.gated
    admin("ACL", "SETUSER", "bob", "on", "nopass", "(+@all ~* &*)")
    other("AUTH", "bob", "x")
    assert not other.session.gated
    admin("ACL", "SETUSER", "bob", "clearselectors")
    assert other.session.gated


@pytest.mark.parametrize(
    ("call", "keys"),
    [
        ("set a b", [(1, OVERWRITE)]),
        ("set a get", [(1, OVERWRITE)]),
        ("set a b get", [(1, CHANGE)]),
        ("bitfield a get u8 0 overflow sat", [(1, READ)]),
        ("bitfield a get u8", [(1, CHANGE)]),
        ("bitfield a incrby u8 0 1", [(1, CHANGE)]),
        ("sort a store b limit 0 store store c", [(1, READ), (8, OVERWRITE)]),
        ("sort a by store get", [(1, READ)]),
        ("sort_ro a store b", [(1, READ)]),
        ("migrate h 1 a 0 5 auth keys", [(3, ("RW", "access", "delete"))]),
        ("migrate h 1 a 0 5 keys b", []),
        ("georadius a 0 0 1 m store b", [(1, READ), (7, OVERWRITE)]),
        ("georadius a 0 0 1 m store b store", [(1, READ), (7, OVERWRITE)]),
        ("georadius a 0 0 1 m store", [(1, READ)]),
        ("georadius a 0 0 1 store store", [(1, READ)]),
        ("eval s 2 a", []),
        ("eval s 1x a b", [(3, ())]),
        ("zunionstore a 1 b", [(1, OVERWRITE), (3, READ)]),
        ("zunionstore a 1x b", [(3, ()), (1, ())]),
        ("zunionstore a 0 b", []),
        ("xread count 1 streams a b 0 0", [(4, READ), (5, READ)]),
        ("xread streams", []),
        ("xreadgroup group streams c streams a >", [(5, READ)]),
        ("ssubscribe a", []),
        ("ping", []),
    ],
)
def test_which_words_are_keys(call: str, keys: list[tuple[int, tuple[str, ...]]]) -> None:
    words = [word.encode() for word in call.split()]

    assert keys_with_flags(words[0].decode(), words) == keys


def test_which_words_are_channels() -> None:
    assert channels_of("subscribe", [b"subscribe", b"a", b"b"]) == [(1, False), (2, False)]
    assert channels_of("psubscribe", [b"psubscribe", b"a"]) == [(1, True)]
    assert channels_of("spublish", [b"spublish", b"a", b"m"]) == [(1, False)]
    assert channels_of("unsubscribe", [b"unsubscribe", b"a"]) == []


def test_rules_that_cannot_be_applied_leave_a_user_as_it_was(client: Client) -> None:
    admin = client()
    admin("ACL", "SETUSER", "bob", "on", "+get", "~a", "(+set)")
    before = admin("ACL", "GETUSER", "bob")

    reply = admin("ACL", "SETUSER", "bob", "off", "+set", "~b", "clearselectors", ">x", "nonsense")

    assert str(reply) == "ERR Error in ACL SETUSER modifier 'nonsense': Syntax error"
    assert admin("ACL", "GETUSER", "bob") == before


@pytest.mark.parametrize("compat", ["redis-7.0", "valkey-8.0"])
def test_a_user_of_whatever_rules_can_be_made_again_from_what_is_told_of_it(compat: str) -> None:
    server = MockServer(compat=compat)
    admin = server.client()
    for category in admin("ACL", "CAT"):
        admin(
            "ACL", "SETUSER", "bob", "reset", b"+@" + category, "-get", "+select|0", "+config|get"
        )
        admin("ACL", "SETUSER", "bob", "(+@all -@dangerous +keys)")
        line = admin("ACL", "LIST")[0]

        admin("ACL", "SETUSER", "bob", "reset", *line.decode().split()[2:])

        assert admin("ACL", "LIST")[0] == line
