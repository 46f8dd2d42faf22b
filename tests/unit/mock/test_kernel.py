"""The kernel itself: unknown commands, parking, the order of serving, time, bugs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_backend.commands import COMMANDS
from mock_backend.kernel.clock import VirtualClock
from mock_backend.kernel.context import Context
from mock_backend.kernel.kernel import Kernel
from mock_backend.replies import NIL_ARRAY, OK, Block, Reply
from mock_backend.schema.command import Table
from mock_backend.transport.memory import MemoryClient

shop = Table("string")


@shop.command("TAKE key [key ...] timeout:timeout", flags="write blocking", since="1.0.0")
def take(ctx: Context, keys: list[bytes], timeout: float) -> Reply:
    """Takes a string away, and waits for one if there is none."""
    for key in keys:
        value = ctx.db.get(key, bytes)
        if value is not None:
            ctx.db.remove(key)
            ctx.db.touch(key, "del")
            return [key, value]
    return Block(keys, timeout, kind=bytes)


@shop.command("HANDON source:key destination:key", flags="write blocking", since="1.0.0")
def handon(ctx: Context, source: bytes, destination: bytes) -> Reply:
    """Moves a string on, and waits for one if there is none."""
    value = ctx.db.get(source, bytes)
    if value is None:
        return Block([source], 0, kind=bytes)
    ctx.db.remove(source)
    ctx.db.set(destination, value)
    ctx.db.touch(source, "del")
    ctx.db.touch(destination, "set")
    return value


@shop.command("STUMBLE", flags="fast", since="1.0.0")
def stumble(ctx: Context) -> Reply:
    """Meets what nobody foresaw."""
    raise RuntimeError("a handler's own mistake")


@pytest.fixture
def kernel(clock: VirtualClock) -> Kernel:
    """A kernel with a few commands of its own."""
    kernel = Kernel([*COMMANDS, *shop], clock=clock)
    clock.moved.append(kernel.tick)
    return kernel


@pytest.fixture
def client(kernel: Kernel) -> Callable[[], MemoryClient]:
    return lambda: MemoryClient(kernel)


Clients = Callable[[], MemoryClient]


def test_whoever_waited_longest_is_served_first(client: Clients) -> None:
    first, second, writer = client(), client(), client()
    first("TAKE", "k", 0)
    second("TAKE", "k", 0)

    assert writer("SET", "k", "a") == OK

    assert first.out == [[b"k", b"a"]]
    assert second.waiting


def test_a_parked_client_reads_no_further(client: Clients) -> None:
    waiter, writer = client(), client()
    waiter("TAKE", "k", 0)
    waiter("GET", "other")
    assert waiter.out == []

    writer("SET", "other", 1)
    writer("SET", "k", "a")

    assert waiter.out == [[b"k", b"a"], b"1"]


def test_one_who_is_served_can_serve_the_next(client: Clients) -> None:
    last, middle, writer = client(), client(), client()
    last("TAKE", "b", 0)
    middle("HANDON", "a", "b")

    writer("SET", "a", "x")

    assert middle.out == [b"x"]
    assert last.out == [[b"b", b"x"]]


def test_nobody_is_served_before_exec_has_ended(client: Clients) -> None:
    waiter, writer = client(), client()
    waiter("TAKE", "k", 0)
    writer("MULTI")
    writer("SET", "k", "a")
    writer("SET", "k", "b")
    writer("EXEC")

    assert waiter.out == [[b"k", b"b"]]


def test_nothing_waits_inside_exec(client: Clients) -> None:
    caller = client()
    caller("MULTI")
    caller("TAKE", "k", 0)

    assert caller("EXEC") == [NIL_ARRAY]
    assert not caller.waiting


def test_a_call_gives_up_when_its_time_is_over(client: Clients, clock: VirtualClock) -> None:
    waiter = client()
    waiter("TAKE", "k", 1.5)

    clock.advance(1_499)
    assert waiter.waiting

    clock.advance(1)
    assert waiter.out == [NIL_ARRAY]


def test_those_who_give_up_do_so_in_the_order_of_their_time(
    client: Clients, clock: VirtualClock
) -> None:
    order: list[str] = []
    for name, seconds in (("slow", 3), ("quick", 1), ("middle", 2)):
        waiter = client()
        waiter.session.send = lambda reply, name=name: order.append(name)
        waiter("TAKE", "k", seconds)

    clock.advance(10_000)

    assert order == ["quick", "middle", "slow"]


def test_a_client_that_leaves_while_it_waits_takes_nothing(client: Clients) -> None:
    waiter, writer = client(), client()
    waiter("TAKE", "k", 0)
    waiter.close()
    writer("SET", "k", "a")

    assert writer("GET", "k") == b"a"


def test_listening_for_changes_ends_with_the_last_who_wanted_to_know(
    client: Clients, kernel: Kernel
) -> None:
    waiter, writer = client(), client()
    assert kernel.space.listener is None
    waiter("TAKE", "k", 0)
    assert kernel.space.listener is not None
    writer("SET", "k", "a")
    assert kernel.space.listener is None


def test_expired_keys_go_by_themselves(
    client: Clients, kernel: Kernel, clock: VirtualClock
) -> None:
    client()("SET", "k", "a", "PX", 50)
    clock.advance(49)
    assert len(kernel.space.databases[0]) == 1
    clock.advance(1)
    assert len(kernel.space.databases[0]) == 0


def test_a_bug_is_answered_and_kept(client: Clients, kernel: Kernel) -> None:
    reply = client()("STUMBLE")

    assert reply.line == "ERR bug in mock_backend: RuntimeError: a handler's own mistake"
    assert [str(bug) for bug in kernel.bugs] == ["a handler's own mistake"]


def test_unknown_commands_echo_their_words(client: Clients) -> None:
    reply = client()("NoSuch", "a", "b\r\nc", "x" * 200)

    assert reply.line == (
        "ERR unknown command 'NoSuch', with args beginning with: 'a' 'b  c' '" + "x" * 117 + "' "
    )


def test_a_name_defined_twice_is_refused(kernel: Kernel) -> None:
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))


def test_time_cannot_run_backwards(clock: VirtualClock) -> None:
    with pytest.raises(ValueError, match="negative"):
        clock.advance(-1)
