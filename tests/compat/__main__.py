"""``python -m tests.compat``: the queue libraries' own tests, with redis-py and with the adapter.

What passes with redis-py on a real server is the baseline; printed is how much of that passes with
the adapter on the same server, and with redis-py on the mock.  Ends with 1, if anywhere less than
99% does.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mock_backend import MockServer
from tests.compat.suites import SUITES, Suite
from tests.targets import COMPAT, running

ROOT = Path(__file__).parents[2]
ENOUGH = 0.99
SECONDS = 60
"""What one test may take."""
LEAVING_SECONDS = 15
"""What a run may take to end, once it has reported."""


@dataclass(frozen=True)
class Combination:
    """A client and the server that it talks to."""

    client: str
    server: str

    def __str__(self) -> str:
        return f"{self.client} on {self.server}"


@contextmanager
def serving(name: str) -> Iterator[int]:
    """The port of a server of that name."""
    if name in COMPAT:
        with MockServer(compat=COMPAT[name], databases=17) as mock:
            yield mock.port
    else:
        with running(name, "--databases", "17") as real:
            yield real.port


def passed(suite: Suite, combination: Combination, words: list[str]) -> tuple[set[str], set[str]]:
    """The tests that passed, and those that did not."""
    imports = [ROOT / "tests/compat/site", suite.imports, ROOT]
    with serving(combination.server) as port, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, imports)),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "COMPAT_PORT": str(port),
            "COMPAT_CLIENT": combination.client,
        }
        deselected = [f"--deselect={test}" for test in suite.left_out]
        command = [sys.executable, "-m", "pytest", suite.tests, "-q", "-p", "no:cacheprovider"]
        command += ["-c", str(ROOT / "tests/compat/pytest.ini"), f"--rootdir={suite.folder}"]
        command += [f"--timeout={SECONDS}", f"--junit-xml={report}", *deselected, *words]
        log = suite.folder.parent / f"{suite.library}-{combination.client}-{combination.server}.log"
        with open(log, "w") as output:
            process = subprocess.Popen(
                command,
                cwd=suite.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            finish(process, report)
        if not report.exists():
            sys.exit(f"{suite.library} with {combination} ended without a report: see {log}")
        return outcomes(report)


def finish(process: subprocess.Popen[bytes], report: Path) -> None:
    """Waits for a run; workers that its tests have left behind would keep it for ever."""
    try:
        while process.poll() is None:
            written = report.exists()
            with suppress(subprocess.TimeoutExpired):
                process.wait(LEAVING_SECONDS if written else 1)
            if written:
                break
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def outcomes(report: Path) -> tuple[set[str], set[str]]:
    """What pytest has reported: the names of those that passed, and of those that failed."""
    good: set[str] = set()
    bad: set[str] = set()
    for case in ET.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            bad.add(name)
        elif case.find("skipped") is None:
            good.add(name)
    return good - bad, bad


def main() -> int:
    """Runs what was asked for; 0, if enough passes everywhere."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=__doc__)
    parser.add_argument("libraries", nargs="*", metavar="library", help=", ".join(SUITES))
    parser.add_argument("--server", default="redis", help="the real one: redis or valkey")
    parser.add_argument("-k", default="", help="as pytest's -k", metavar="EXPRESSION")
    chosen = parser.parse_args()
    if strangers := set(chosen.libraries) - set(SUITES):
        parser.error(f"no such library: {', '.join(strangers)}")
    baseline = Combination("redis-py", chosen.server)
    others = [
        Combination("adapter", chosen.server),
        Combination("redis-py", "mock-redis" if chosen.server == "redis" else "mock"),
    ]
    table = Table("library", str(baseline), *map(str, others), title="passed/baseline")
    failures: list[str] = []
    enough = True
    for suite in (SUITES[name] for name in chosen.libraries or SUITES):
        suite.fetch()
        words = ["-k", chosen.k] if chosen.k else []
        wanted, bad = passed(suite, baseline, words)
        cells = [f"{len(wanted)} of {len(wanted) + len(bad)}"]
        for other in others:
            good, _ = passed(suite, other, words)
            missing = sorted(wanted - good)
            kept = len(wanted) - len(missing)
            share = kept / len(wanted) if wanted else 0.0
            enough = enough and share >= ENOUGH
            cells.append(f"{kept}/{len(wanted)} ({share:.1%})")
            failures += [f"{other}: {suite.library}: {name}" for name in missing]
        table.add_row(f"{suite.library} {suite.version}", *cells)
    console = Console()
    console.print(table)
    for failure in failures:
        console.print(failure, highlight=False, soft_wrap=True)
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
