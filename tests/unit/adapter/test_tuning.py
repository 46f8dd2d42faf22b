"""What a caller may say beside redis-py's own keywords."""

import pytest
from redis.exceptions import DataError

import adapter
import adapter.asyncio
from adapter.connect.tuning import OF_LOOPS, OF_THREADS, Tuning, taken


def test_what_is_said_is_taken_from_redis_pys_keywords():
    keywords = {"host": "h", "auto_batch": 7, "busy_wait": None}

    assert taken(keywords, OF_LOOPS) == {"auto_batch": 7}
    assert keywords == {"host": "h"}


def test_what_changes_nothing_is_the_same():
    tuning = Tuning()

    assert tuning.changed({}) is tuning
    assert tuning.changed({"auto_batch": True, "busy_wait": True}) is tuning
    assert tuning.changed({"auto_batch": 1}).most_batched == 1
    assert tuning.changed({"auto_batch": False}).most_batched == 0
    assert tuning.changed({"busy_wait": False}) == Tuning(busy_wait=False)


@pytest.mark.parametrize("wrong", [0, 1, "yes"])
def test_busy_wait_is_true_or_false(wrong):
    with pytest.raises(DataError, match="busy_wait: True or False"):
        adapter.asyncio.Redis(busy_wait=wrong)


@pytest.mark.parametrize("make", [adapter.asyncio.Redis, adapter.asyncio.Redis.from_url])
def test_an_event_loop_may_be_told_to_sleep(make):
    address = ("redis://localhost",) if make is not adapter.asyncio.Redis else ()

    client = make(*address, busy_wait=False)

    assert client.connection_pool.tuning == Tuning(busy_wait=False)
    assert client.connection_pool.twin().tuning.busy_wait is False


def test_a_thread_cannot_stay_awake():
    assert "busy_wait" not in OF_THREADS
    with pytest.raises(TypeError, match="busy_wait"):
        adapter.Redis(busy_wait=True)
