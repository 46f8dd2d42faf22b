"""The main job as `make demo` runs it: a process of its own, to its end and interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.targets import Server

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "benchmarks.demo"]


def environment(server: Server) -> dict[str, str]:
    """REDIS_URL for a real server; the demo brings its own mock."""
    words = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    if server.mock is None:
        words["REDIS_URL"] = server.url
    return words


@pytest.mark.timeout(150)
def test_every_job_ends_where_it_belongs(server: Server) -> None:
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**environment(server), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=140,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stderr == ""
    rows = [line.split("│")[1:3] for line in done.stdout.splitlines() if line.startswith("│")]
    table = {name.strip(): value.strip() for name, value in rows}
    assert table["jobs completed"] == "990"
    assert table["jobs failed"] == "10"
    assert ("mock: commands" in table) is (server.mock is not None)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Ctrl-C reaches what a test starts, as from a terminal: a shell lets what it starts in the
    background ignore it, and all that comes of that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.timeout(60)
@pytest.mark.usefixtures("heeded")
def test_ctrl_c_ends_it_and_leaves_no_process_behind(server: Server) -> None:
    process = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment(server),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if "completed" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest = process.stdout.read()
    code = process.wait(timeout=20)
    process.stdout.close()

    assert code == 130, seen + rest
    assert "Traceback" not in rest
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
