"""What a command changes in a connection, the knock at the door, and the pipe's reader."""

import asyncio
import inspect
import os
import threading
from types import SimpleNamespace

import glide
import glide_sync
import pytest
from redis.exceptions import AuthenticationError, ResponseError

from adapter.connect import session
from adapter.connect.knock import _Answers, _greeting
from adapter.connect.options import FOR_EVER_MS, Settings
from adapter.connect.pump import PRIVATE_NAMES, PUMP, Pump, settle

HERE = Settings("localhost", 6379, 0, None, None, None, None, None, 5, 5, None)


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ([b"SELECT", b"3"], {"db": 3}),
        ([b"select", b"3"], {"db": 3}),
        ([b"CLIENT", b"SETNAME", b"me"], {"client_name": "me"}),
        ([b"CLIENT", b"SETNAME", b""], {"client_name": None}),
        ([b"AUTH", b"pw"], {"username": None, "password": "pw"}),
        ([b"AUTH", b"ann", b"pw"], {"username": "ann", "password": "pw"}),
    ],
)
def test_later_connections_follow_what_a_command_has_changed(words, changed):
    after = session.after(words, HERE)

    assert after is not None
    assert {name: getattr(after, name) for name in changed} == changed


@pytest.mark.parametrize("words", [[b"CLIENT", b"NO-EVICT", b"ON"], [b"RESET"], [b"WAIT", b"0"]])
def test_other_commands_change_nothing_that_is_kept(words):
    assert session.after(words, HERE) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (HERE, b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n"),
        (
            HERE.at(2),
            b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n",
        ),
    ],
)
def test_the_greeting_is_what_glide_itself_would_say(settings, said):
    assert _greeting(settings) == said


def test_an_accepted_greeting_is_complete_however_it_arrives():
    answers = _Answers(HERE.at(1))

    for byte in b"%1\r\n+proto\r\n:3\r\n+OK\r\n":
        answers.feed(bytes([byte]))

    assert answers.complete


@pytest.mark.parametrize(
    ("settings", "answer", "error"),
    [
        (HERE, b"-NOAUTH Authentication required.\r\n", AuthenticationError),
        (HERE, b"-WRONGPASS invalid username-password pair\r\n", AuthenticationError),
        (HERE.at(99), b"%0\r\n-ERR DB index is out of range\r\n", ResponseError),
    ],
)
def test_what_glide_would_call_a_timeout_is_told_in_the_servers_words(settings, answer, error):
    with pytest.raises(error):
        _Answers(settings).feed(answer)


def test_a_server_without_hello_says_so_itself():
    answers = _Answers(HERE)

    with pytest.raises(ResponseError, match=r"^unknown command 'HELLO'$"):
        answers.feed(b"-ERR unknown command 'HELLO'\r\n")


def glide_like() -> SimpleNamespace:
    return SimpleNamespace(
        _async_pipe_init_pid=os.getpid(),
        _async_pipe_lock=threading.Lock(),
        _async_pipe_loop=None,
        _async_pipe_read_fd=-1,
        _async_pipe_registered=False,
        _on_async_pipe_readable=lambda: None,
        _resolve_future=lambda future, result, client: None,
    )


@pytest.mark.parametrize(
    ("glide", "names"),
    [
        (glide_sync.glide_client, ["_is_closed", "_execute_command"]),
        (glide.glide_client, ["_is_closed", "_execute_command", "_pending_futures"]),
    ],
)
def test_glides_clients_have_the_private_names_that_lanes_use(glide, names):
    source = inspect.getsource(glide.BaseClient)

    assert [name for name in names if name not in source] == []


def test_the_pump_finds_the_names_it_leans_on_in_glide():
    assert PUMP.possible
    assert all(hasattr(PUMP._glide, name) for name in PRIVATE_NAMES)


def test_without_those_names_glide_is_left_as_it_is():
    glide = glide_like()
    del glide._resolve_future
    reader = glide._on_async_pipe_readable

    pump = Pump(glide)
    with pump.attending(SimpleNamespace(is_closed=lambda: False)):
        pass

    assert not pump.possible
    assert glide._on_async_pipe_readable is reader


def test_one_loop_after_the_other_needs_no_thread():
    pump = Pump(glide_like())
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    try:
        for loop in (first, first):
            with pump.attending(loop):
                pump._glide._async_pipe_registered, pump._glide._async_pipe_loop = True, loop
        first.close()
        with pump.attending(second):
            assert not pump.running
    finally:
        second.close()


def test_a_reply_for_a_closed_loop_does_not_stop_the_reader():
    pump = Pump(glide_like())
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    loop.close()

    pump._resolve(future, b"late", SimpleNamespace(_loop=loop))

    assert not future.done()


def test_a_reply_for_another_loop_is_settled_there():
    pump = Pump(glide_like())
    loop = asyncio.new_event_loop()
    try:
        future = loop.create_future()
        pump._resolve(future, b"reply", SimpleNamespace(_loop=loop))
        assert not future.done()
        assert loop.run_until_complete(future) == b"reply"
    finally:
        loop.close()


async def test_a_cancelled_call_takes_no_reply():
    future = asyncio.get_running_loop().create_future()
    future.cancel()

    settle(future, b"reply")

    assert future.cancelled()


@pytest.mark.parametrize(
    ("count", "callers", "limited", "timeout"),
    [
        (1, 1, False, None),
        (100, 1, False, None),
        (1, 1, True, 200),
        (101, 1, False, 210),
        (10_000, 1, True, 1_200),
        # a slow command of one caller's is not to be the loss of the others
        (2, 2, False, 400),
        (101, 101, False, 410),
    ],
)
def test_a_long_batch_has_more_time_than_one_command(count, callers, limited, timeout):
    assert session.time_limit(count, 200, limited=limited, callers=callers) == timeout


def test_callers_who_share_a_batch_are_patient_for_half_a_second_at_most():
    assert session.time_limit(2, 5_000, limited=False, callers=2) == 5_500


def test_no_time_limit_stays_none():
    assert session.time_limit(10_000, FOR_EVER_MS, limited=True) == FOR_EVER_MS
    assert session.time_limit(10, FOR_EVER_MS, limited=False, callers=10) == FOR_EVER_MS
