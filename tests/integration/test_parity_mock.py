"""Side by side: the mock and the server that it says it is, Valkey 8.0, give the same results.

The judge is Valkey itself; redis-py makes the calls of the parity tables on both.  Here the mock's
faithfulness is the matter, in ``test_parity`` the adapter's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mock_backend import MockServer
from tests.integration.parity_calls import LOOSE, Tolerances, in_order, perform, shape, steps, title
from tests.integration.parity_tables import CALLS
from tests.targets import Server

FORMS: dict[str, dict[str, Any]] = {
    "redis-py's own": {},
    "protocol 2": {"protocol": 2},
    "protocol 3": {"protocol": 3, "legacy_responses": False, "decode_responses": True},
}

CLEANING = (
    ("FLUSHALL",),
    ("SCRIPT FLUSH",),
    ("FUNCTION FLUSH",),
    ("CONFIG RESETSTAT",),
    ("SLOWLOG RESET",),
)


def page_in_order(page: Any) -> Any:
    """One page of SCAN: keys come in the order of the server's hash table."""
    cursor, keys = page
    return cursor, in_order(keys)


def by_name(facts: Any) -> Any:
    """A dict whose order is that of the server's hash table."""
    return dict(sorted(facts.items()))


def uncompared(result: Any) -> str:
    """Commands are held against Valkey's elsewhere, one by one."""
    return "not compared"


def without_offset(role: Any) -> Any:
    """The replication offset tells of what the real server has been through before this test."""
    kind, offset, replicas = role
    return kind, type(offset).__name__, replicas


UNORDERED: Tolerances = {
    **LOOSE,
    "scan": page_in_order,
    "scan_iter": in_order,
    "keys": in_order,
    "config_get": by_name,
    "info": lambda facts: by_name(shape(facts)),  # commands' figures: as in their hash table
    "role": without_offset,
    "acl_cat": in_order,
    "command": uncompared,
    "command_list": in_order,
}

KNOWN_DIFFERENCES: dict[str, str] = {
    "execute_command('CLIENT HELP')": "the mock derives its help from the usage lines",
    "execute_command('CONFIG HELP')": "the mock derives its help from the usage lines",
    "execute_command('COMMAND DOCS', 'GET')": "the mock states no complexity",
}
"""Calls, by title, that the mock answers in another way, and why; each must differ."""


@pytest.mark.targets("valkey")  # the one that the mock says it is
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("group", CALLS)
def test_the_mock_answers_what_valkey_answers(
    server: Server, make_redis_py: Callable[..., Any], group: str, form: dict[str, Any]
) -> None:
    differences = []
    with MockServer() as mock:
        options = {**form, "retry": Retry(NoBackoff(), 1)}
        theirs = make_redis_py(**options)
        with redis.Redis(mock.host, mock.port, **options) as ours:
            for exchange in CALLS[group]:
                clean(theirs)
                expected = perform(exchange, theirs, UNORDERED)
                clean(ours)
                answered = perform(exchange, ours, UNORDERED)
                if title(exchange) in KNOWN_DIFFERENCES:
                    if expected == answered:
                        differences.append(f"{title(exchange)}\n  no longer differs")
                    continue
                for call, right, wrong in zip(steps(exchange), expected, answered, strict=True):
                    if right != wrong:
                        differences.append(
                            f"{title(exchange)}\n  at {call}\n  valkey: {right}\n  mock:   {wrong}"
                        )
                        break
        assert mock.bugs == []
    if differences:
        told = "\n".join(differences)
        pytest.fail(f"{len(differences)} call(s) differ:\n{told}", pytrace=False)


def clean(client: Any) -> None:
    """Takes away what the last exchange left."""
    for words in CLEANING:
        client.execute_command(*words)
