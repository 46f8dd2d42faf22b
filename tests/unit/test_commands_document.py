"""docs/COMMANDS.md says what is so."""

from __future__ import annotations

from tests.command_coverage import ABSENT, DOCUMENT, EXCEPTIONS, document, recorded_coverage


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `make coverage-commands`"


def test_every_command_of_every_server_is_there_but_for_what_is_named() -> None:
    named = tuple(name.rstrip("*").lower() for name in ABSENT)

    for profile, coverage in recorded_coverage().items():
        assert [name for name in coverage.missing if not name.startswith(named)] == [], profile


def test_few_commands_answer_as_a_server_that_lacks_the_facility() -> None:
    assert len(EXCEPTIONS) <= 12
