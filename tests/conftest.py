"""Which servers and which event loop the tests run on, and what the last lines of a run say about
it.

A test that asks for ``server`` or ``cluster`` (or for a client made on it) runs once per target:
mock (as Valkey), mock-redis, redis and valkey, or those that ``--target`` names.  The fixtures
themselves live in integration/conftest.py and integration/clusters.py.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from mock_backend.loops import VARIABLE
from tests import targets

TARGETED = ("server", "cluster")
"""The fixtures that there is one of for each target."""
SPARED = {"one_mock": "mock-redis", "one_real": "valkey"}
"""Markers, and the target that a test so marked is not run on."""

# The tests start hundreds of processes: each would compile the packages anew, a second of work.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        default=",".join(targets.TARGETS),
        metavar="NAMES",
        help=f"run integration tests on these servers only: {','.join(targets.TARGETS)}",
    )
    parser.addoption(
        "--loop",
        default="asyncio",
        choices=("asyncio", "uvloop"),
        help="whose event loop runs asynchronous tests, and the bundled server",
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ[VARIABLE] = config.getoption("--loop")
    if config.getoption("--loop") == "uvloop":
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())


def chosen(config: pytest.Config) -> list[str]:
    """The targets of this run, as ``--target`` names them."""
    names = [name.strip() for name in config.getoption("--target").split(",") if name.strip()]
    if strangers := [name for name in names if name not in targets.TARGETS]:
        known = ", ".join(targets.TARGETS)
        raise pytest.UsageError(f"--target knows {known}, not {', '.join(strangers)}")
    return names


def pytest_report_header(config: pytest.Config) -> list[str]:
    loop = f"event loop: {config.getoption('--loop')}"
    return [loop, *(f"target: {described(name)}" for name in chosen(config))]


def described(name: str) -> str:
    """A target and, for a real server, what stands behind it on this machine."""
    if name in targets.COMPAT:
        return f"{name}: MockServer(compat={targets.COMPAT[name]!r}), a new one for each test"
    try:
        path = targets.program(name)
    except targets.Missing as missing:
        return f"{name}: {missing}"
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = next((word[2:] for word in answer.stdout.split() if word.startswith("v=")), "?")
    return f"{name}: {version}, {path}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = [name for name in TARGETED if name in metafunc.fixturenames]
    if not wanted or "integration" not in metafunc.definition.nodeid.split("/"):
        return
    names = chosen(metafunc.config)
    for marker in metafunc.definition.iter_markers("targets"):
        names = [name for name in names if targets.suits(name, marker.args)]
    for marker, spared in SPARED.items():
        # somebody who asks for that target alone gets it
        if metafunc.definition.get_closest_marker(marker) and len(names) > 1:
            names = [name for name in names if name != spared]
    metafunc.parametrize(wanted[0], names, indirect=True, ids=names)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    gc.disable()  # there is next to no garbage among tests by the thousand
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Iterator[None]:
    """The tests stay until the end: the garbage collector need not look through all that they hold
    again and again, which took it more than half a second each time.
    """
    gc.collect()
    gc.freeze()
    try:
        return (yield)
    finally:
        gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        # a test for targets that are not of this run is skipped, with no target for its parameter
        params = callspec.params if callspec is not None else {}
        target = next((params[name] for name in TARGETED if name in params), None)
        if target in targets.TARGETS:
            # travels with the report, also from an xdist worker
            item.user_properties.append(("target", target))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    outcomes = {name: Counter[str]() for name in (*targets.TARGETS, "no server")}
    for outcome in ("passed", "failed", "error", "skipped", "xfailed"):
        for report in terminalreporter.stats.get(outcome, []):
            target = dict(getattr(report, "user_properties", ())).get("target", "no server")
            outcomes[target][outcome] += 1
    terminalreporter.section("tests by target")
    for target, counts in outcomes.items():
        if counts or target in chosen(terminalreporter.config):
            others = [f"{counts[name]} {name}" for name in counts if name != "passed"]
            terminalreporter.write_line(
                ", ".join([f"{target:<11}{counts['passed']:>6} passed", *others])
            )
