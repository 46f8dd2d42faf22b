"""What must hold: every row of the table that the project is judged by, and nothing else.

Each contest is one of the other suites', where it is told why it is fair.  A ratio is taken round
by round, of samples that were measured right after each other; a row of several contests takes
their median in each round.  What stands against the target is the median over the rounds.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Final

from benchmarks.contest import Contests
from benchmarks.goals import MOCK, TYPED
from benchmarks.reports.pictures import Targets
from benchmarks.stage import Stage
from benchmarks.suites import commands, mock, pipelines, pubsub, queues, scripts, startup, threads

PICTURES: Final = (Targets("targets", "What must hold, and what was measured"),)


def contests(stage: Stage) -> Contests:
    """Those that bear a goal, and only the sides that it is about."""
    candidates = chain(
        commands.contests(stage, without=(TYPED,)),
        pipelines.contests(stage, sizes=(100,)),
        threads.contests(stage, counts=(1, 16, 64), without=(TYPED, "custom_command")),
        scripts.calls(stage),
        pubsub.rates(stage, sizes=(50,)),
        queues.bullmq(stage),
        mock.judged(stage),
        scripts.runs(stage, depths=(1,), servers=(MOCK, stage.servers[0])),
        startup.contests(stage),
    )
    for contest in candidates:
        if contest.goals:
            named = {side for goal in contest.goals for side in (goal.ours, goal.theirs)}
            sides = {name: side for name, side in contest.sides.items() if name in named}
            yield replace(contest, sides=sides)
