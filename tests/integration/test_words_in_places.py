"""Every option-like word in every place of data: redis-py's answer, whatever GLIDE takes it for.

In pipelines, since there are many; some of them one by one, and some in an event loop.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from redis.exceptions import ResponseError

from tests.integration.words_in_places import Case, calls

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

CASES = list(calls())
AT_ONCE = 200
"""Cases in one pipeline."""
ALONE = 400
"""Cases that are made one by one."""


def batches(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), AT_ONCE):
        yield cases[start : start + AT_ONCE]


def steps(cases: Sequence[Case]) -> Iterator[tuple[bool, list[str]]]:
    """Every command that the cases need, and whether it is the one that counts."""
    for case in cases:
        yield False, ["FLUSHDB"]
        for words in case.setup:
            yield False, words
        yield True, case.words


def options(words: list[str]) -> dict[str, bool]:
    """What redis-py's own method says beside the words, for the sake of its callback."""
    return {"parse_justid": True} if words[-1] == "JUSTID" else {}


def queued(pipe: Any, cases: Sequence[Case]) -> list[bool]:
    """Queues them; which of the results count."""
    counting = []
    for counts, words in steps(cases):
        pipe.execute_command(*words, **options(words))
        counting.append(counts)
    return counting


def accounts(counting: list[bool], results: list[Any]) -> list[str]:
    """Results as text, which shows their types; of an error its class and words."""
    return [told(result) for counts, result in zip(counting, results, strict=True) if counts]


def told(result: Any) -> str:
    if isinstance(result, Exception):
        return f"{type(result).__name__}: {result}"
    return repr(sorted(result) if isinstance(result, set) else result)


def differing(cases: Sequence[Case], theirs: list[str], ours: list[str]) -> list[tuple[str, ...]]:
    """The cases whose accounts differ, with both."""
    return [
        (str(case), *both)
        for case, *both in zip(cases, theirs, ours, strict=True)
        if both[0] != both[1]
    ]


@pytest.mark.parametrize("decode_responses", [False, True], ids=["bytes", "text"])
def test_a_word_is_taken_for_what_its_place_says(make_client, make_redis_py, decode_responses):
    clients = [
        make(protocol=3, decode_responses=decode_responses) for make in (make_redis_py, make_client)
    ]
    different = []
    for cases in batches(CASES[decode_responses::2] if decode_responses else CASES):
        found = []
        for client in clients:
            pipe = client.pipeline(transaction=False)
            counting = queued(pipe, cases)
            found.append(accounts(counting, pipe.execute(raise_on_error=False)))
        different += differing(cases, *found)

    assert different == []


def test_a_word_is_taken_for_what_its_place_says_in_a_call_of_its_own(make_client, make_redis_py):
    cases = random.Random(1).sample(CASES, ALONE)
    found: list[list[str]] = []
    for client in (make_redis_py(protocol=3), make_client(protocol=3)):
        found.append([])
        for counts, words in steps(cases):
            try:
                result = client.execute_command(*words, **options(words))
            except ResponseError as error:
                result = error
            if counts:
                found[-1].append(told(result))

    assert differing(cases, *found) == []


async def test_a_word_is_taken_for_what_its_place_says_in_an_event_loop(
    make_async_client, make_async_redis_py
):
    cases = random.Random(2).sample(CASES, ALONE)
    found: list[list[str]] = []
    for client in (make_async_redis_py(protocol=3), make_async_client(protocol=3)):
        pipe = client.pipeline(transaction=False)
        counting = queued(pipe, cases)
        found.append(accounts(counting, await pipe.execute(raise_on_error=False)))

    assert differing(cases, *found) == []
