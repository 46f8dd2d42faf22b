"""When an event loop stays awake for a reply; the clock is the test's."""

from itertools import pairwise

import pytest

from adapter.state.busy_waiting import (
    AGAIN,
    AT_MOST_SECONDS,
    BLOCK,
    LATEST,
    SOONEST,
    TRIAL,
    BusyWaiting,
)


class Machine:
    """Batches that take so many microseconds, awaited asleep and awake."""

    def __init__(self, asleep: int, awake: int) -> None:
        self.now = 0.0
        self.asleep = asleep
        self.awake = awake
        self.waiting = BusyWaiting(lambda: self.now)

    def turns(self, count: int, commands: int = 1) -> list[bool]:
        """Which of so many batches were awaited awake."""
        return [self.turn(commands) for _ in range(count)]

    def turn(self, commands: int) -> bool:
        awake = self.waiting.departs(commands)
        self.now += (self.awake if awake else self.asleep) / 1_000_000
        self.waiting.lands()
        return awake


TRIALS = ([False] * BLOCK + [True] * BLOCK) * 2


def test_both_ways_are_tried_and_the_faster_one_is_taken():
    assert Machine(asleep=290, awake=190).turns(100) == TRIALS + [True] * (100 - TRIAL)
    assert Machine(asleep=190, awake=290).turns(100) == TRIALS + [False] * (100 - TRIAL)


def test_a_little_faster_is_not_worth_the_computing_time():
    assert not any(Machine(asleep=200, awake=180).turns(100)[TRIAL:])


def test_what_pays_is_tried_again_and_may_have_ceased_to():
    machine = Machine(asleep=290, awake=190)
    machine.turns(AGAIN)
    machine.awake = 2_000

    assert machine.turns(TRIAL) == TRIALS
    assert not any(machine.turns(2 * SOONEST - TRIAL))


def test_what_does_not_pay_is_tried_ever_more_rarely():
    machine = Machine(asleep=190, awake=1_000)
    awake = machine.turns(200_000)
    begun = [place for place in range(1, len(awake)) if awake[place] and not awake[place - 1]][::2]

    gaps = [later - sooner for sooner, later in pairwise(begun)]
    assert gaps[0] == 2 * SOONEST
    assert gaps == sorted(gaps)
    assert gaps[-1] == LATEST


def test_batches_of_other_sizes_are_judged_by_themselves():
    machine = Machine(asleep=290, awake=190)
    machine.turns(100, commands=1)

    assert machine.turns(TRIAL, commands=10) == TRIALS
    assert machine.turns(1, commands=1) == [True]
    assert machine.turns(1, commands=10_000) == [False]


def test_nobody_stays_awake_for_long():
    machine = Machine(asleep=290, awake=190)
    machine.turns(BLOCK)
    assert machine.waiting.departs(1)

    assert machine.waiting.goes_on()
    machine.now += AT_MOST_SECONDS
    assert not machine.waiting.goes_on()


def test_a_batch_that_is_awaited_asleep_does_not_keep_the_loop_awake():
    machine = Machine(asleep=290, awake=190)
    assert not machine.waiting.departs(1)
    assert not machine.waiting.goes_on()


@pytest.mark.parametrize("lost", range(TRIAL))
def test_a_batch_that_never_lands_spoils_nothing(lost):
    machine = Machine(asleep=190, awake=1_000)
    machine.turns(lost)
    machine.waiting.departs(1)

    assert sum(machine.turns(5_000)) < 200
