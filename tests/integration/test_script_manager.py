"""Commands that are made of scripts, on either client, alone and in pipelines."""

from __future__ import annotations

import asyncio

import pytest

import adapter
import adapter.asyncio
from adapter import ScriptManager

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ADD = """
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
return {KEYS[1], sum}
"""


def test_a_defined_command_is_called_like_any_other(make_client):
    manager = ScriptManager(make_client())
    add = manager.define_command("add", ADD, number_of_keys=1)

    assert add("k", 2) == [b"k", 2]
    assert manager.add("k", 3) == [b"k", 5]
    assert manager["add"]("k", 1) == [b"k", 6]
    assert list(manager) == ["add"]
    assert len(manager) == 1
    assert add.script.sha in repr(add)


def test_without_a_number_of_keys_the_call_says_it(make_client):
    manager = ScriptManager(make_client())
    add = manager.define_command("add", ADD)

    assert add(1, "k", 2) == [b"k", 2]
    with pytest.raises(TypeError, match="number of its keys"):
        add()


def test_a_call_with_too_few_keys_is_refused_unsent(make_client):
    client = make_client()
    add = ScriptManager(client).define_command("add", ADD, 1)

    with pytest.raises(TypeError, match="needs 1 keys"):
        add()
    assert client.stats.batches == 0


def test_what_was_not_defined_is_no_attribute(make_client):
    manager = ScriptManager(make_client())

    with pytest.raises(AttributeError, match="define_command"):
        _ = manager.subtract
    with pytest.raises(KeyError):
        _ = manager["subtract"]


def test_a_pipeline_queues_it_and_its_source_is_loaded_once(make_client):
    client = make_client()
    add = ScriptManager(client).define_command("add", ADD, 1)
    for _ in range(3):
        pipe = client.pipeline()
        add("k", 1, client=pipe)
        add("k", 1, client=pipe)
        pipe.execute()

    assert client.get("k") == b"6"
    assert client.stats.scripts_loaded == 1


async def test_on_an_asynchronous_client_it_is_awaited(make_async_client):
    client = make_async_client()
    manager = adapter.asyncio.ScriptManager(client)
    manager.define_command("add", ADD, 1)

    assert await manager.add("k", 2) == [b"k", 2]
    sums = await asyncio.gather(*(manager.add("k", 1) for _ in range(100)))
    assert [total for _, total in sums] == list(range(3, 103))
    pipe = client.pipeline()
    await manager.add("k", 1, client=pipe)
    assert await pipe.execute() == [[b"k", 103]]
    assert client.stats.scripts_loaded == 1


def test_it_is_flushed_and_still_there(make_client, make_redis_py):
    add = ScriptManager(make_client()).define_command("add", ADD, 1)
    add("k", 1)
    make_redis_py().script_flush()

    assert add("k", 1) == [b"k", 2]
