"""Whatever path of redis-py's a program imports is there under our name."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest
import redis

import adapter
from adapter import lending
from tests import module_tree

REPLACED = {"from_url"}
"""Functions that are ours, as are classes derived from redis-py's."""


def imported(name: str) -> ModuleType | str:
    """The module, or what is missing: some of redis-py's need a package that is not here."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        return str(error)


@pytest.mark.parametrize("name", module_tree.public())
def test_every_module_of_redis_py_is_there_with_every_public_name(name):
    theirs, ours = imported(f"redis.{name}"), imported(f"adapter.{name}")

    if isinstance(theirs, str):
        assert ours == theirs
        return
    for each in vars(theirs):
        if each.startswith("_") or f"{theirs.__name__}.{each}" in lending.PAST_GLIDE:
            continue
        mine, original = getattr(ours, each), getattr(theirs, each)
        if isinstance(original, ModuleType):
            assert isinstance(mine, ModuleType)
        elif mine is not original:
            assert each in REPLACED or issubclass(mine, original)


@pytest.mark.parametrize("path", ["", ".asyncio"])
def test_what_opens_connections_is_ours_in_the_module_that_defines_it(path):
    for module, names in {
        "client": ["Redis", "StrictRedis", "Pipeline", "PubSub", "Monitor"],
        "connection": ["ConnectionPool", "BlockingConnectionPool"],
        "sentinel": ["Sentinel", "SentinelConnectionPool"],
        "utils": ["from_url"],
    }.items():
        for name in names:
            one = getattr(importlib.import_module(f"adapter{path}.{module}"), name)
            assert one.__module__.startswith("adapter.")
            whole = importlib.import_module(f"adapter{path}")
            assert getattr(whole, name) is one


@pytest.mark.skipif(not lending.CLUSTERS, reason="redis-py's own is too old")
@pytest.mark.parametrize("path", ["", ".asyncio"])
def test_what_makes_a_cluster_is_ours(path):
    module = importlib.import_module(f"adapter{path}.cluster")
    for name in ("RedisCluster", "ClusterPipeline", "ClusterPubSub", "NodesManager"):
        assert getattr(module, name).__module__ == f"adapter{path}.cluster"
    assert importlib.import_module(f"adapter{path}").RedisCluster is module.RedisCluster


def test_a_module_that_is_lent_is_redis_pys_own():
    for name in ("exceptions", "lock", "commands.json.path", "asyncio.retry", "_parsers.helpers"):
        assert importlib.import_module(f"adapter.{name}") is sys.modules[f"redis.{name}"]


def test_a_program_that_says_nothing_but_import_adapter_reaches_what_redis_pys_import_gives():
    program = (
        "import {0} as redis; print(redis.utils.str_if_bytes(b'x'), redis.commands.core.__name__,"
        " redis.asyncio.client.Redis.__qualname__, redis.VERSION, redis.__version__)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program.format(library)],
            capture_output=True, text=True, check=True,
        ).stdout
        for library in ("redis", "adapter")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize("name", ["nonsense", "commands.nonsense"])
def test_what_is_not_there_cannot_be_imported(name):
    with pytest.raises(ModuleNotFoundError, match=f"No module named 'adapter.{name}'"):
        importlib.import_module(f"adapter.{name}")


def test_lending_twice_is_lending_once():
    finders = len(sys.meta_path)
    lending.lend()
    assert len(sys.meta_path) == finders


@pytest.mark.skipif(redis.VERSION < (8,), reason="they are written from redis-py 8")
def test_type_checkers_are_told_of_every_module_that_is_lent():
    there = {file: file.read_text() for file in module_tree.ADAPTER.rglob("*.pyi")}
    assert there == module_tree.stubs(), "python -m tests.module_tree --write"


def test_names_that_only_redis_py_has_are_found_through_ours():
    assert adapter.int_or_str("7") == 7
    with pytest.raises(AttributeError, match="module 'adapter' has no attribute 'Redi'"):
        _ = adapter.Redi
