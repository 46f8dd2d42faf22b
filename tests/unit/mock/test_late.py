"""Functions that are made when they are first called."""

from __future__ import annotations

from collections.abc import Callable

from mock_backend.schema.late import Late, settling, within


class Owner:
    """Has a function."""

    def __init__(self, run: Callable[..., int]) -> None:
        self.run = run


def test_a_function_is_made_once_and_at_its_first_call() -> None:
    made: list[str] = []

    def make() -> Callable[[int], int]:
        made.append("now")
        return lambda number: number + 1

    late = Late(make)
    assert not made

    assert [late(1), late(2)] == [2, 3]
    assert made == ["now"]


def test_what_is_wrapped_is_made_no_earlier() -> None:
    made: list[str] = []

    def make() -> Callable[[], int]:
        made.append("now")
        return lambda: 1

    doubled = within(lambda function: lambda: 2 * function(), Late(make))
    assert not made

    assert doubled() == 2
    assert made == ["now"]


def test_an_owner_has_the_function_itself_after_the_first_call() -> None:
    def itself(number: int) -> int:
        return number

    owner = Owner(Late(lambda: itself))
    settling(owner, "run")
    assert owner.run is not itself

    assert owner.run(7) == 7
    assert owner.run is itself


def test_a_function_that_is_there_already_stays() -> None:
    def itself() -> int:
        return 1

    owner = Owner(itself)
    settling(owner, "run")

    assert owner.run is itself
