"""What each profile says of its commands, held against what was recorded of the servers."""

from __future__ import annotations

import hiredis
import pytest

from mock_backend import MockServer
from mock_backend.profile import PROFILES
from mock_backend.resp.writer import encoded
from tests.command_lines import arities, lines_of, recorded

WHOLE = ["redis-7.0", "valkey-8.0", "valkey-8.1", "valkey-9.0"]
"""Of these more than names and arities was recorded; valkey-9.0 is a 9.1 without its news."""

VECTOR_SETS = frozenset(
    "vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrem vsetattr vsim".split()
)
"""Redis 8.0 brings them as a module; the mock has no modules."""


def said(profile: str) -> dict[str, str]:
    reader = hiredis.Reader()
    reader.feed(encoded(MockServer(compat=profile).client()("COMMAND"), 2))
    return lines_of(reader.gets())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_the_commands_of_its_server(profile: str) -> None:
    assert said(profile).keys() ^ recorded(profile).keys() == (
        VECTOR_SETS if profile == "redis-8.0" else set()
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_the_arities_of_its_server(profile: str) -> None:
    ours, theirs = arities(said(profile)), arities(recorded(profile))

    assert {name: arity for name, arity in ours.items() if theirs[name] != arity} == {}


@pytest.mark.parametrize("profile", WHOLE)
def test_a_profile_says_of_its_commands_what_its_server_says(profile: str) -> None:
    theirs = recorded(profile)

    assert [line for name, line in said(profile).items() if theirs[name] != line] == []


@pytest.mark.parametrize(
    ("profile", "name"), [("redis-8.0", "Redis"), ("valkey-8.1", "Redis"), ("valkey-9.0", "Valkey")]
)
def test_lolwut_says_which_line_the_server_is_of_since_valkey_9(profile: str, name: str) -> None:
    shown = MockServer(compat=profile).client()("LOLWUT")

    assert shown.text.decode() == f"{name} ver. {PROFILES[profile].version}\n"
