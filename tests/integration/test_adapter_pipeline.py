"""Pipelines and transactions: redis-py's results, order and error texts, sync and async."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,
    DataError,
    InvalidResponse,
    RedisError,
    ResponseError,
    WatchError,
)
from redis.retry import Retry

pytestmark = pytest.mark.one_mock

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
TRANSACTION = pytest.mark.parametrize("transaction", [True, False], ids=["multi", "plain"])


@TRANSACTION
def test_results_come_in_order_and_through_the_callbacks(make_client, transaction):
    client = make_client()

    with client.pipeline(transaction) as pipe:
        results = pipe.set("k", 1).incr("k").hset("h", "f", "v").hgetall("h").get("k").execute()

    assert results == [True, 2, 1, {b"f": b"v"}, b"2"]


@TRANSACTION
async def test_results_come_in_order_and_through_the_callbacks_async(
    make_async_client, transaction
):
    client = make_async_client(decode_responses=True)

    async with client.pipeline(transaction) as pipe:
        pipe.set("k", 1).incr("k").hset("h", "f", "v").hgetall("h").get("k")
        results = await pipe.execute()

    assert results == [True, 2, 1, {"f": "v"}, "2"]


@TRANSACTION
def test_an_error_is_numbered_and_names_its_command(make_client, transaction):
    pipe = make_client().pipeline(transaction)
    pipe.set("k", "text").lpush("k", 1).get("k")

    with pytest.raises(ResponseError) as raised:
        pipe.execute()

    assert str(raised.value) == f"Command # 2 (LPUSH k 1) of pipeline caused error: {WRONG_TYPE}"


@TRANSACTION
async def test_errors_stand_among_the_results_if_asked_for(make_async_client, transaction):
    pipe = make_async_client().pipeline(transaction)
    pipe.set("k", "text").lpush("k", 1).get("k")

    stored, error, value = await pipe.execute(raise_on_error=False)

    assert (stored, value) == (True, b"text")
    assert isinstance(error, ResponseError)
    assert str(error) == WRONG_TYPE


@pytest.mark.parametrize("guilty", [0, 1, 3])
def test_a_command_that_cannot_be_queued_is_found_and_nothing_is_executed(make_client, guilty):
    client = make_client()
    pipe = client.pipeline()
    for number in range(4):
        pipe.execute_command("GET", *([] if number == guilty else ["k"]))
    pipe.set("k", "written")

    with pytest.raises(ResponseError) as raised:
        pipe.execute(raise_on_error=False)

    assert str(raised.value) == (
        f"Command # {guilty + 1} (GET) of pipeline caused error:"
        " wrong number of arguments for 'get' command"
    )
    assert client.exists("k") == 0


def test_a_watched_key_that_changes_aborts_the_transaction(make_client):
    client = make_client()
    client.set("k", 1)

    with client.pipeline() as pipe:
        assert pipe.watch("k") is True
        assert pipe.get("k") == b"1"
        client.set("k", 2)
        pipe.multi()
        pipe.set("k", 3)
        with pytest.raises(WatchError, match=r"Watched variable changed\."):
            pipe.execute()

    assert client.get("k") == b"2"


async def test_a_watched_key_that_stays_lets_the_transaction_through(make_async_client):
    client = make_async_client()
    await client.set("k", 1)

    async with client.pipeline() as pipe:
        await pipe.watch("k")
        assert await pipe.get("k") == b"1"
        pipe.multi()
        pipe.set("k", 3).get("k")
        assert await pipe.execute() == [True, b"3"]
        assert pipe.watching is False


def test_two_pipelines_watch_without_disturbing_each_other(make_client):
    client = make_client()
    first, second = client.pipeline(), client.pipeline()
    first.watch("a")
    second.watch("b")
    client.set("a", 1)

    second.multi()
    second.set("c", 1)
    assert second.execute() == [True]
    first.multi()
    first.set("d", 1)
    with pytest.raises(WatchError):
        first.execute()


def test_unwatch_forgets_the_keys(make_client):
    client = make_client()
    with client.pipeline() as pipe:
        pipe.watch("k")
        client.set("k", 1)
        assert pipe.unwatch() is True
        assert pipe.watching is False
        assert pipe.get("k").execute() == [b"1"]


def test_watching_and_nothing_to_execute_still_tells_of_a_change(make_client):
    client = make_client()
    with client.pipeline() as pipe:
        pipe.watch("k")
        client.set("k", 1)
        with pytest.raises(WatchError):
            pipe.execute()


def test_a_transaction_is_tried_again_until_nobody_interferes(make_client):
    client = make_client()
    client.set("n", 0)
    rounds = []

    def add_one(pipe):
        value = int(pipe.get("n"))
        rounds.append(value)
        if len(rounds) < 3:
            client.incr("n")
        pipe.multi()
        pipe.set("n", value + 1)

    assert client.transaction(add_one, "n") == [True]
    assert rounds == [0, 1, 2]
    assert client.get("n") == b"3"


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda pipe: (pipe.multi(), pipe.multi()), "Cannot issue nested calls to MULTI"),
        (lambda pipe: (pipe.multi(), pipe.watch("k")), "Cannot issue a WATCH after a MULTI"),
        (
            lambda pipe: (pipe.set("k", 1), pipe.multi()),
            "Commands without an initial WATCH have already been issued",
        ),
    ],
    ids=["nested multi", "watch in multi", "multi behind commands"],
)
def test_misuse_is_told_in_redis_pys_words(make_client, misuse, message):
    with pytest.raises(RedisError, match=message):
        misuse(make_client().pipeline())


def test_an_empty_pipeline_is_true_has_no_length_and_executes_to_nothing(make_client):
    pipe = make_client().pipeline()

    assert pipe
    assert len(pipe) == 0
    assert pipe.execute() == []


def test_reset_forgets_what_was_queued(make_client):
    pipe = make_client().pipeline()
    pipe.set("k", 1)
    assert len(pipe) == 1

    pipe.reset()

    assert len(pipe) == 0
    assert pipe.execute() == []


def test_what_cannot_be_encoded_fails_before_anything_is_sent(make_client):
    client = make_client()
    pipe = client.pipeline()
    pipe.set("a", 1).set("b", object())

    with pytest.raises(DataError):
        pipe.execute()
    assert client.exists("a") == 0


@TRANSACTION
def test_what_may_wait_does_so_outside_a_transaction_only(make_client, transaction):
    pipe = make_client().pipeline(transaction)

    assert pipe.blpop("nothing", 0.01).set("k", 1).execute() == [None, True]


@TRANSACTION
async def test_a_registered_script_is_loaded_before_the_pipeline_needs_it(
    make_async_client, transaction
):
    client = make_async_client()
    script = client.register_script("return {KEYS[1], ARGV[1]}")

    pipe = client.pipeline(transaction)
    await script(keys=["k"], args=["v"], client=pipe)
    pipe.set("after", 1)

    assert await pipe.execute() == [[b"k", b"v"], True]


async def test_a_pipeline_takes_its_turn_among_other_commands(make_async_client):
    client = make_async_client()
    pipe = client.pipeline().rpush("l", "pipe")

    await asyncio.gather(client.rpush("l", "before"), pipe.execute(), client.rpush("l", "after"))

    assert await client.lrange("l", 0, -1) == [b"before", b"pipe", b"after"]


@TRANSACTION
def test_a_pipeline_of_thousands_comes_back_whole(make_client, transaction):
    pipe = make_client().pipeline(transaction)
    for number in range(5_000):
        pipe.rpush("l", number)

    assert pipe.execute() == list(range(1, 5_001))


def test_a_pipeline_can_be_used_again(make_client):
    pipe = make_client().pipeline()

    assert pipe.set("k", 1).execute() == [True]
    assert pipe.get("k").execute() == [b"1"]


def test_a_multi_of_the_callers_own_binds_nobody_else(make_client):
    client = make_client()
    pipe = client.pipeline(transaction=False)

    replies = pipe.execute_command("MULTI").set("k", 1).execute(raise_on_error=False)

    assert (replies[0], client.get("k"), client.set("k", 2)) == (b"OK", None, True)


async def test_a_multi_of_the_callers_own_binds_nobody_else_async(make_async_client):
    client = make_async_client()
    pipe = client.pipeline(transaction=False)

    replies = await pipe.execute_command("MULTI").set("k", 1).execute(raise_on_error=False)

    assert (replies[0], await client.get("k")) == (b"OK", None)
    assert await client.set("k", 2)


def test_a_transaction_of_the_callers_own_is_run(make_client):
    pipe = make_client().pipeline(transaction=False)
    pipe.execute_command("MULTI").execute_command("ECHO", "x").execute_command("EXEC").get("k")

    assert pipe.execute() == [b"OK", b"QUEUED", [b"x"], None]


def test_a_script_that_cannot_be_loaded_leaves_the_queue_as_it_is(make_redis_py, make_client):
    left = []
    for client in (make_redis_py(), make_client()):
        pipe = client.pipeline()
        client.register_script("return 1 +")(client=pipe)
        with pytest.raises(ResponseError, match="Error compiling script"):
            pipe.execute()
        left.append((len(pipe), len(pipe.scripts)))
        pipe.reset()

    assert left == [(1, 1), (1, 1)]


async def test_a_script_that_cannot_be_loaded_leaves_the_queue_as_it_is_async(
    make_async_redis_py, make_async_client
):
    left = []
    for client in (make_async_redis_py(), make_async_client()):
        pipe = client.pipeline()
        await client.register_script("return 1 +")(client=pipe)
        with pytest.raises(ResponseError, match="Error compiling script"):
            await pipe.execute()
        left.append((len(pipe), len(pipe.scripts)))
        await pipe.reset()

    assert left == [(1, 1), (1, 1)]


@pytest.mark.slow
@pytest.mark.targets("redis")  # a matter of the client, and the fastest server is soonest done
def test_a_pipeline_of_a_hundred_thousand_comes_back_whole(make_client):
    pipe = make_client().pipeline(transaction=False)
    for number in range(100_000):
        pipe.execute_command("ECHO", number)

    assert pipe.execute() == [b"%d" % number for number in range(100_000)]


@pytest.mark.slow
@pytest.mark.targets("redis")  # as above
async def test_a_pipeline_of_a_hundred_thousand_comes_back_whole_async(make_async_client):
    pipe = make_async_client().pipeline()
    for _ in range(100_000):
        pipe.incr("n")

    assert await pipe.execute() == list(range(1, 100_001))


@TRANSACTION
def test_a_connection_that_is_lost_in_a_pipeline_is_told_in_redis_pys_words(
    make_client, transaction
):
    pipe = make_client(retry=Retry(NoBackoff(), 0)).pipeline(transaction)
    pipe.execute_command("NOSUCH", b"\xff")  # an error that GLIDE cannot read: it hangs up

    with pytest.raises((ConnectionError, InvalidResponse)):
        pipe.ping().ping().execute(raise_on_error=False)


def test_a_connection_that_is_lost_while_watching_leaves_a_pipeline_to_be_used_again(make_client):
    client = make_client(retry=Retry(NoBackoff(), 0))
    pipe = client.pipeline()
    pipe.watch("k")

    with pytest.raises(RedisError):
        pipe.execute_command("NOSUCH", b"\xff")  # an error that GLIDE cannot read: it hangs up
    pipe.reset()

    assert pipe.set("k", 1).execute() == [True]


async def test_a_connection_that_is_lost_while_watching_leaves_a_pipeline_to_be_used_again_async(
    make_async_client,
):
    client = make_async_client(retry=AsyncRetry(NoBackoff(), 0))
    pipe = client.pipeline()
    await pipe.watch("k")

    with pytest.raises(RedisError):
        await pipe.execute_command("NOSUCH", b"\xff")
    await pipe.reset()

    assert await pipe.set("k", 1).execute() == [True]


async def test_a_select_in_a_transaction_moves_nobody_else_async(make_async_client):
    client = make_async_client()

    assert await client.pipeline().select(1).set("k", 1).execute() == [True, True]
    assert await client.exists("k") == 0
