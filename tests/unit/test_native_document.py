"""docs/NATIVE.md says what is so, and nearly everything is native."""

from __future__ import annotations

import pytest
import redis

from tests.native_requests import BY_ITSELF, DOCUMENT, document, helps, methods, untyped

pytestmark = pytest.mark.skipif(
    not redis.__version__.startswith("8.1."), reason="the document is of redis-py 8.1's methods"
)


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `make coverage-native`"


def test_ten_commands_of_the_pinned_servers_have_no_typed_request() -> None:
    """And the help texts, whose number grows with the containers."""
    assert set(untyped()) - set(helps()) == {
        "CLIENT CAPA", "CLUSTER SLOT-STATS", "DEBUG", "EVAL", "EVALSHA", "LOLWUT", "PFDEBUG",
        "PFSELFTEST", "SCRIPT LOAD", "XSETID",
    }  # fmt: skip


def test_what_cannot_be_shown_is_still_a_method() -> None:
    assert set(BY_ITSELF) <= set(methods())
