"""A batch as GLIDE's core reads it: the same words whichever way it is packed."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from glide._ffi_instance import _ASYNC_FFI
from glide.opentelemetry import OpenTelemetry
from glide_shared.exceptions import ClosingError

from adapter.connect import crossing
from adapter.connect.crossing import ORDINARY, TEXT_BYTES, Form
from adapter.translate.columns import Columns

FFI = _ASYNC_FFI.ffi


@pytest.fixture
def form() -> Form:
    return Form(FFI)


def read(info: Any) -> tuple[bool, list[tuple[int, list[bytes]]]]:
    """The batch as the core's own structures have it."""
    commands = []
    for place in range(info.cmd_count):
        command = info.cmds[place]
        words = [
            bytes(FFI.buffer(command.args[word], command.args_len[word]))
            for word in range(command.arg_count)
        ]
        commands.append((command.request_type, words))
    return bool(info.is_atomic), commands


COMMANDS = [
    (7, [b"key", b"value"]),
    (9, []),
    (1, [b""]),
    (2, [b"\0\r\n", b"x" * 70_000]),
    (3, [b"%d" % number for number in range(40)]),
    (4, [b"%d" % number for number in range(200)]),
]
EVEN = [
    [(5, [b"%d" % number] * each)] * count
    for each in range(4)
    for count, number in ((40, 1), (7, 22))
]
UNEVEN = [[(1, [b"a"]), (2, [b"b", b"c", b"d"]), (3, [])], [(3, []), (1, [b"a", b"b"])]]


@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize("count", range(len(COMMANDS) + 1))
def test_the_core_reads_what_was_packed(form, atomic, count):
    natives = COMMANDS[:count]
    packed = form.pack(Columns(natives), atomic=atomic)

    assert read(packed.info) == (atomic, [(kind, list(words)) for kind, words in natives])


def test_memory_is_used_again_whatever_was_in_it(form):
    alone = [[(6, [b"word"] * words)] for words in range(10)]
    kinds = [*EVEN, *UNEVEN, COMMANDS, *alone]
    first = form.pack(Columns(COMMANDS), atomic=False)
    form.give_back(first)
    for before in kinds:
        for natives in kinds:
            form.give_back(form.pack(Columns(before), atomic=before is UNEVEN[1]))
            form.give_back(form.pack(Columns([(8, [b"a", b"b", b"c"])]), atomic=False))
            form.give_back(form.pack(Columns(before), atomic=False))
            packed = form.pack(Columns(natives), atomic=natives is UNEVEN[0])

            assert packed is first
            assert read(packed.info) == (natives is UNEVEN[0], natives)
            form.give_back(packed)


@pytest.mark.parametrize(
    ("natives", "is_kept"),
    [
        ([(5, [b"k"])] * ORDINARY[0], True),
        ([(5, [b"k"])] * (ORDINARY[0] + 1), False),
        ([(5, [b"k"] * ORDINARY[1])], True),
        ([(5, [b"k"] * (ORDINARY[1] + 1))], False),
        ([(5, [b"k" * TEXT_BYTES])], True),
        ([(5, [b"k" * (TEXT_BYTES + 1), b"l"])], True),
    ],
)
def test_only_ordinary_memory_is_kept(form, natives, is_kept):
    first = form.pack(Columns(natives), atomic=True)
    assert read(first.info) == (True, natives)

    form.give_back(first)
    second = form.pack(Columns([(5, [b"other"])]), atomic=False)

    assert (second is first) is is_kept
    assert first.text == b""
    assert read(second.info) == (False, [(5, [b"other"])])


def test_what_is_packed_in_between_takes_other_memory(form):
    outer = form.pack(Columns([(1, [b"outer"])]), atomic=False)
    inner = form.pack(Columns([(2, [b"inner"])]), atomic=False)
    form.give_back(inner)

    assert read(outer.info) == (False, [(1, [b"outer"])])


def test_threads_that_pack_at_the_same_time_take_different_memory(form):
    def is_read_as_packed(number: int) -> bool:
        natives = [(1, [b"%d" % number])]
        block = form.pack(Columns(natives), atomic=False)
        found = read(block.info)
        form.give_back(block)
        return found == (False, natives)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            found = [*threads.map(is_read_as_packed, range(4_000))]
    finally:
        sys.setswitchinterval(interval)

    assert found == [True] * 4_000


def test_memory_is_kept_as_long_as_the_core_may_read_it(form):
    packed = form.pack(
        Columns([(1, [b"word-%d" % number]) for number in range(1000)]), atomic=False
    )
    gc.collect()
    _ = [bytes(64) for _ in range(1000)]

    assert read(packed.info)[1][999] == (1, [b"word-999"])


class Client:
    """No more of a client than is looked at."""

    __module__ = "glide.glide_client"
    _ffi = FFI
    _is_closed = True


def test_another_core_gets_its_batches_its_own_way(monkeypatch):
    class Strange(Client):
        _ffi = None

    assert crossing.form(Client()) is not None
    assert crossing.form(Strange()) is None
    monkeypatch.setitem(crossing.LAYOUT, "CmdInfo", (40, {}))
    assert crossing.form(type("Other", (Client,), {"__module__": "glide.x"})()) is None


def test_whoever_traces_sees_every_batch(monkeypatch):
    monkeypatch.setattr(OpenTelemetry, "_instance", object())

    assert crossing.form(Client()) is None


def test_a_closed_client_takes_nothing(form):
    with pytest.raises(ClosingError, match="the client is closed"):
        crossing.send(Client(), form, Columns(COMMANDS), None)
    with pytest.raises(ClosingError, match="the client is closed"):
        crossing.call(Client(), Columns(COMMANDS), atomic=False, timeout_ms=None)


@pytest.mark.parametrize("timeout_ms", [None, 250])
def test_glides_own_way_has_the_same_commands_and_limit(timeout_ms):
    asked = []

    class Own(Client):
        _ffi = None

        def exec(self, batch, raise_on_error, options):
            asked.append((batch.is_atomic, batch.commands, options and options.timeout))
            return ["OK"]

    assert crossing.call(Own(), Columns(COMMANDS[:1]), atomic=True, timeout_ms=timeout_ms) == ["OK"]
    assert asked == [(True, [(7, [b"key", b"value"])], timeout_ms)]


def test_options_are_made_once(form):
    assert form.options(250) is form.options(250)
    assert (form.options(250).has_timeout, form.options(250).timeout) == (True, 250)
    assert not form.options(None).has_timeout
    for timeout_ms in range(1, 2 * crossing.KNOWN_AT_MOST):
        assert form.options(timeout_ms).timeout == timeout_ms
