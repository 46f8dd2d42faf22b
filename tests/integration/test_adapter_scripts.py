"""Lua through the adapter: sources cross once, and dangerous replies are survived."""

from __future__ import annotations

import asyncio
import threading

import pytest
from redis.exceptions import InvalidResponse, NoScriptError, ResponseError

import adapter

pytestmark = pytest.mark.one_mock

LONG = "redis.call('SET', KEYS[1], ARGV[1]) return {KEYS[1], ARGV[1], #ARGV} -- and some more"


def test_a_source_crosses_once_for_many_calls(make_client):
    client = make_client()

    results = [client.eval(LONG, 1, "k", number) for number in range(5)]

    assert results == [[b"k", b"%d" % number, 1] for number in range(5)]
    assert client.stats.scripts_loaded == 1


async def test_calls_at_the_same_time_share_batches_and_load_once(make_async_client):
    client = make_async_client()
    script = client.register_script(LONG)

    results = await asyncio.gather(*(script(keys=["k"], args=[n]) for n in range(200)))

    assert results == [[b"k", b"%d" % number, 1] for number in range(200)]
    assert client.stats.scripts_loaded == 1
    assert client.stats.mean_batch > 20


def test_a_flushed_script_is_sent_again(make_client):
    client, other = make_client(), make_client()
    script = client.register_script(LONG)
    assert script(keys=["k"], args=["a"]) == [b"k", b"a", 1]
    client.eval(LONG, 1, "k", "b")

    other.script_flush()

    assert client.eval(LONG, 1, "k", "c") == [b"k", b"c", 1]
    assert script(keys=["k"], args=["d"]) == [b"k", b"d", 1]


def test_arguments_that_can_be_read_once_are_sent_again_with_the_source(make_client):
    script = make_client().register_script(LONG)

    assert script(keys=["k"], args=iter(["a"])) == [b"k", b"a", 1]


async def test_arguments_that_can_be_read_once_are_sent_again_in_an_event_loop(make_async_client):
    script = make_async_client().register_script(LONG)

    assert await script(keys=["k"], args=iter(["a"])) == [b"k", b"a", 1]


def test_a_clients_own_evalsha_is_asked_by_its_scripts(server):
    class Watched(adapter.Redis):
        seen = 0

        def evalsha(self, *args, **options):
            self.seen += 1
            return super().evalsha(*args, **options)

    with Watched(host=server.host, port=server.port) as client:
        script = client.register_script(LONG)
        client.script_load(LONG)

        assert script(keys=["k"], args=["a"]) == [b"k", b"a", 1]
        assert client.seen == 1


def test_an_unknown_sha_is_redis_pys_no_script_error(make_client):
    with pytest.raises(NoScriptError, match=r"No matching script\."):
        make_client().evalsha("f" * 40, 0)


def test_scripts_can_be_loaded_looked_up_and_flushed(make_client):
    client = make_client()
    sha = client.script_load(LONG)

    assert client.script_load(LONG) == sha
    assert client.script_exists(sha, "f" * 40) == [True, False]
    assert client.evalsha(sha, 1, "k", "v") == [b"k", b"v", 1]
    assert client.script_flush() is True
    assert client.script_exists(sha) == [False]
    with pytest.raises(NoScriptError):
        client.evalsha(sha, 1, "k", "v")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("return {err='MY own words'}", "MY own words"),
        ("return redis.error_reply('MY own words')", "MY own words"),
        ("error('broken')", "broken"),
        ("this is no lua", "Error compiling script"),
    ],
    ids=["err table", "error_reply", "error()", "syntax"],
)
def test_a_scripts_error_keeps_the_servers_words(make_client, source, text):
    with pytest.raises(ResponseError, match=text):
        make_client().eval(source, 0)


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize(
    "source",
    [
        "redis.setresp(3); return {big_number='12345678901234567890'}",
        "redis.setresp(3); return {double=1.5}",
        "redis.setresp(3); return {map={a=1}}",
    ],
    ids=["big number", "double", "map"],
)
def test_a_reply_that_would_end_glides_process_is_survived(make_client, source):
    client = make_client()

    client.eval(source, 0)
    sha = client.script_load(source)
    client.evalsha(sha, 0)
    client.pipeline().eval(source, 0).execute()

    assert client.ping() is True


@pytest.mark.parametrize(
    "source",
    [
        "local t = {} local r = t for i = 1, 150 do t[1] = {} t = t[1] end return r",
        r"return redis.status_reply('\255')",
        r"return redis.error_reply('MY \255')",
    ],
    ids=["deep", "status", "error"],
)
def test_a_reply_that_glide_cannot_read_is_a_clear_error(make_client, source):
    client = make_client()

    with pytest.raises(InvalidResponse, match="could not read the server's reply"):
        client.eval(source, 0)

    assert client.ping() is True


BIG = "123456789012345678901234567890"
RISKY = f"redis.setresp(3); return {{big_number='{BIG}'}}"
LIBRARY = (
    f"#!lua name=l\nredis.register_function('big', function() return {{big_number='{BIG}'}} end)"
)


def test_a_reply_that_would_end_glides_process_is_survived_on_connections_that_are_held(
    make_client, make_redis_py
):
    """Also where nobody could know what the script is going to answer."""
    client, control = make_client(), make_redis_py()
    sha = control.script_load(RISKY)
    with client.pipeline() as pipe:
        pipe.watch("k")
        assert pipe.eval(RISKY, 0) == BIG.encode()
        pipe.multi()
        pipe.eval(RISKY, 0).evalsha(sha, 0)
        assert pipe.execute() == [BIG.encode()] * 2

    connection = client.connection_pool.get_connection()
    connection.send_command("EVAL", RISKY, 0)
    assert connection.read_response() == BIG.encode()
    client.connection_pool.release(connection)


@pytest.mark.targets("redis", "valkey")  # the mock has no functions yet
def test_a_function_that_would_end_glides_process_is_survived_in_a_watching_pipeline(make_client):
    client = make_client()
    client.function_load(LIBRARY)
    with client.pipeline() as pipe:
        pipe.watch("k")
        pipe.multi()
        pipe.fcall("big", 0)
        assert pipe.execute() == [BIG.encode()]


async def test_a_watching_pipeline_survives_it_in_an_event_loop_too(make_async_client):
    async with make_async_client().pipeline() as pipe:
        await pipe.watch("k")
        pipe.multi()
        pipe.eval(RISKY, 0)
        assert await pipe.execute() == [BIG.encode()]


def test_a_lock_is_held_extended_and_released(make_client):
    client = make_client()
    lock = client.lock("lock", timeout=10)

    assert lock.acquire() is True
    assert client.lock("lock").acquire(blocking=False) is False
    assert lock.owned() is True
    assert lock.extend(10) is True
    lock.release()

    assert client.exists("lock") == 0


async def test_a_lock_serves_one_task_at_a_time(make_async_client):
    client = make_async_client()
    inside, most = 0, 0

    async def work():
        nonlocal inside, most
        async with client.lock("lock", timeout=10, sleep=0.001):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))

    assert most == 1


@pytest.mark.targets("redis", "valkey")
def test_an_endless_script_can_be_killed_by_the_client_that_runs_it(make_client, make_redis_py):
    client, control = make_client(db=1, retry=None), make_redis_py()
    control.config_set("busy-reply-threshold", 1)
    ended: list[Exception] = []

    def run() -> None:
        try:
            client.eval("while true do end", 0)
        except ResponseError as error:
            ended.append(error)

    running = threading.Thread(target=run)
    running.start()
    while not busy(control):
        continue

    assert client.script_kill() is True
    running.join(10)
    assert "Script killed by user" in str(ended[0])


def busy(control) -> bool:
    """Whether a script has kept the server busy for too long."""
    try:
        control.ping()
    except ResponseError as error:
        return "BUSY" in str(error)
    return False
