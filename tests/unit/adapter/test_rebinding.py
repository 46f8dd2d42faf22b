"""A function of redis-py's in another namespace."""

import functools

import pytest

from adapter.rebinding import rebound


def helper():
    return "theirs"


def plain(number=1, *, more="!"):
    """What it says."""
    return f"{helper()} {number}{more}"


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return [function(*args, **kwargs)]

    return wrapper


@decorated
@decorated
def twice(number):
    return f"{helper()} {number}"


class Base:
    def whose(self):
        return ["base", helper()]


class Derived(Base):
    def whose(self):
        return [*super().whose(), "derived", helper()]


async def awaited():
    return helper()


def ours():
    return "ours"


def test_names_are_looked_up_where_they_are_told():
    again = rebound(plain, helper=ours)
    assert again(2) == "ours 2!"
    assert again(2, more="?") == "ours 2?"
    assert again() == "ours 1!"
    assert plain() == "theirs 1!"
    assert again.__doc__ == plain.__doc__


def test_decorators_stay_around_it():
    assert rebound(twice, helper=ours)(3) == [["ours 3"]]
    assert twice(3) == [["theirs 3"]]


def test_a_method_keeps_its_class():
    again = rebound(Derived.whose, helper=ours)
    assert again(Derived()) == ["base", "theirs", "derived", "ours"]


def test_a_coroutine_function_stays_one():
    coroutine = rebound(awaited, helper=ours)()
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    assert done.value.value == "ours"
