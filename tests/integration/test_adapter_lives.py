"""Event loops, threads and processes in numbers; each program has a process and a deadline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.lives import PROGRAMS

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 120


@pytest.mark.targets("mock", "redis", "valkey")
@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_replies_reach_whoever_asked(name, server):
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.integration.lives", name, str(server.port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )

    assert outcome.returncode == 0, outcome.stderr[-3000:]
