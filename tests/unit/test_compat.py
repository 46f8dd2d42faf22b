"""What ``make compat`` reads out of pytest's report, and how it ends a run."""

import subprocess
import sys

from tests.compat.__main__ import finish, outcomes

REPORT = """<testsuites><testsuite>
<testcase classname="a.B" name="good"/>
<testcase classname="a.B" name="bad"><failure message="no"/></testcase>
<testcase classname="a.B" name="torn down badly"/>
<testcase classname="a.B" name="torn down badly"><error message="no"/></testcase>
<testcase classname="a.B" name="left out"><skipped message="no server"/></testcase>
</testsuite></testsuites>"""


def test_what_passed_and_what_failed_is_told_apart_from_what_was_skipped(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    assert outcomes(report) == ({"a.B.good"}, {"a.B.bad", "a.B.torn down badly"})


def test_a_run_ends_with_the_processes_that_it_has_left_behind(tmp_path):
    """The child keeps the pipe open for as long as it lives."""
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'])"
    run = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )

    finish(run, tmp_path / "none.xml")

    assert run.stdout is not None
    assert run.stdout.read() == b""
    run.stdout.close()
    assert run.stdin is not None
    run.stdin.close()
