"""Messages that go to whoever reads, as dicts: ours against redis-py's own."""

import pytest
import redis.client

from adapter.translate import messages
from adapter.translate.messages import plain_message


@pytest.fixture
def theirs():
    return redis.client.PubSub(redis.ConnectionPool())


@pytest.mark.parametrize(
    "reply",
    [
        [b"message", b"news", b"hello"],
        ["message", "news", "hello"],
        [b"message", b"news", b""],
        ["message", "news", 7],
    ],
)
def test_a_message_is_redis_pys_own_dict(theirs, reply):
    assert plain_message(reply, theirs.channels) == theirs.handle_message(list(reply))


@pytest.mark.parametrize(
    "reply",
    [
        None,
        b"PONG",
        [b"pong", b""],
        [b"subscribe", b"news", 1],
        [b"unsubscribe", b"news", 0],
        [b"pmessage", b"n*", b"news", b"hello"],
        [b"smessage", b"news", b"hello"],
    ],
)
def test_whatever_else_is_heard_stays_with_redis_py(reply):
    assert plain_message(reply, {}) is None


def test_so_does_a_message_that_a_handler_waits_for():
    reply = [b"message", b"news", b"hello"]

    assert plain_message(reply, {b"news": print}) is None
    assert plain_message(reply, {b"news": None, b"other": print}) is not None


def test_and_what_redis_pys_metrics_are_to_count(monkeypatch):
    class Instance:
        def get_provider_manager(self):
            return object()

    monkeypatch.setattr(messages, "_instance", Instance)
    assert plain_message([b"message", b"news", b"hello"], {}) is None

    monkeypatch.setattr(messages, "_instance", None)
    assert plain_message([b"message", b"news", b"hello"], {}) is not None
