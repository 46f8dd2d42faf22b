"""``import adapter as redis``: what redis-py's users import is there, and is the right thing."""

import pytest
import redis
import redis.asyncio

import adapter
import adapter.asyncio
from adapter import lending


def lendable(module):
    """What such a module announces, but what would speak past GLIDE."""
    return sorted(
        name for name in module.__all__ if f"{module.__name__}.{name}" not in lending.PAST_GLIDE
    )


@pytest.mark.parametrize("name", lendable(redis))
def test_every_public_name_of_redis_py_is_there(name):
    assert getattr(adapter, name) is not None


@pytest.mark.parametrize("name", lendable(redis.asyncio))
def test_every_public_name_of_redis_pys_asyncio_is_there(name):
    assert getattr(adapter.asyncio, name) is not None


@pytest.mark.parametrize("path", sorted(lending.PAST_GLIDE))
def test_what_would_speak_past_glide_is_not_handed_on(path):
    package, _, name = path.rpartition(".")
    with pytest.raises(AttributeError, match=name):
        getattr({"redis": adapter, "redis.asyncio": adapter.asyncio}[package], name)


@pytest.mark.parametrize(
    "name", ["Redis", "StrictRedis", "ConnectionPool", "BlockingConnectionPool"]
)
def test_what_opens_connections_is_ours_and_a_redis_pys_by_inheritance(name):
    for ours, theirs in ((adapter, redis), (adapter.asyncio, redis.asyncio)):
        assert getattr(ours, name) is not getattr(theirs, name)
        assert issubclass(
            getattr(ours, name),
            redis.ConnectionPool | redis.asyncio.ConnectionPool
            if "Pool" in name
            else getattr(theirs, name),
        )


def test_exceptions_are_redis_pys_own():
    assert adapter.exceptions is redis.exceptions
    for name in ("ConnectionError", "TimeoutError", "ResponseError", "WatchError"):
        assert getattr(adapter, name) is getattr(redis, name)
        assert getattr(adapter.asyncio, name) is getattr(redis, name)


def test_everything_that_is_announced_can_be_imported():
    for module in (adapter, adapter.asyncio):
        assert len(set(module.__all__)) == len(module.__all__)
        for name in module.__all__:
            assert hasattr(module, name)
