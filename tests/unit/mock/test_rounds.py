"""A round: everybody is heard, and only then anybody is answered."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mock_backend import MockServer
from mock_backend.transport.rounds import Rounds


class Client:
    """Says what happens to it."""

    def __init__(self, rounds: Rounds, name: str, story: list[str]) -> None:
        self._rounds = rounds
        self._name = name
        self._story = story
        self.then: Callable[[], None] = lambda: None

    def heard(self) -> None:
        self._story.append(f"{self._name} heard")
        self._rounds.answered(self)
        self.then()

    def send(self) -> None:
        self._story.append(f"{self._name} answered")


@contextmanager
def talking(count: int) -> Iterator[list[int]]:
    """So many files in which there is something to read, always."""
    pipes = [os.pipe() for _ in range(count)]
    try:
        for _, end in pipes:
            os.write(end, b"x")
        yield [end for end, _ in pipes]
    finally:
        for pipe in pipes:
            for end in pipe:
                os.close(end)


@pytest.mark.asyncio
async def test_all_are_heard_before_any_is_answered() -> None:
    rounds, story = Rounds(MockServer().kernel), []
    with talking(3) as files:
        for number, file in enumerate(files):
            rounds.attend(file, Client(rounds, f"{number}", story).heard)
        rounds.hold()
        rounds.close()
    assert [line.split()[1] for line in story] == ["heard"] * 3 + ["answered"] * 3
    assert [line.split()[0] for line in story[:3]] == [line.split()[0] for line in story[3:]]


@pytest.mark.asyncio
async def test_who_has_left_is_heard_no_more() -> None:
    rounds, story = Rounds(MockServer().kernel), []
    with talking(1) as files:
        rounds.attend(files[0], Client(rounds, "it", story).heard)
        rounds.hold()
        rounds.leave(files[0])
        rounds.hold()
        rounds.close()
    assert story == ["it heard", "it answered"]


@pytest.mark.asyncio
async def test_a_round_inside_of_another_answers_everybody() -> None:
    rounds, story = Rounds(MockServer().kernel), []
    with talking(2) as files:
        busy, other = (Client(rounds, name, story) for name in ("busy", "other"))

        def script() -> None:
            rounds.leave(files[0])
            rounds.attend(files[1], other.heard)
            rounds.breathe()
            rounds.leave(files[1])
            assert rounds.running
            story.append("script ends")

        busy.then = script
        rounds.attend(files[0], busy.heard)
        rounds.hold()
        assert not rounds.running
        rounds.close()
    assert story == ["busy heard", "other heard", "busy answered", "other answered", "script ends"]


@pytest.mark.asyncio
async def test_one_who_fails_keeps_nobody_from_being_answered() -> None:
    rounds, story = Rounds(MockServer().kernel), []

    def fail() -> None:
        raise RuntimeError("a bug")

    with talking(1) as files:
        client = Client(rounds, "it", story)
        client.then = fail
        rounds.attend(files[0], client.heard)
        with pytest.raises(RuntimeError, match="a bug"):
            rounds.hold()
        rounds.close()
    assert story == ["it heard", "it answered"]
    assert not rounds.running
