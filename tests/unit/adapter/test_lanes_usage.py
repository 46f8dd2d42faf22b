"""No client is closed while somebody is inside a call of it: GLIDE would take the process along."""

import _thread
import threading

import cffi.cparser
import glide._ffi_instance
import glide_sync._ffi_instance
import pytest
from glide_shared.exceptions import ClosingError

from adapter.connect.usage import Usage, elsewhere


class Client:
    _is_closed = False

    def close(self) -> None:
        assert not self._is_closed
        self._is_closed = True


def test_an_unused_client_is_closed_at_once():
    client, usage = Client(), Usage()

    usage.retire(client)

    assert client._is_closed
    assert usage.gone(client)


def test_a_client_in_use_is_closed_by_whoever_leaves_last():
    client, usage = Client(), Usage()
    usage.enter(client)
    usage.enter(client)
    usage.retire(client)

    usage.leave(client)
    assert not client._is_closed
    usage.leave(client)
    assert client._is_closed


def test_a_retired_client_takes_no_new_calls():
    client, usage = Client(), Usage()
    usage.enter(client)
    usage.retire(client)

    assert usage.gone(client)
    with pytest.raises(ClosingError):
        usage.enter(client)


def test_a_client_can_be_used_again_and_again():
    client, usage = Client(), Usage()
    for _ in range(3):
        usage.enter(client)
        usage.leave(client)

    assert not usage.gone(client)


def test_a_thread_that_python_did_not_start_closes_nothing_itself():
    """As GLIDE's own threads: what they collect is closed on another."""
    on_threads: list[str] = []
    closed = threading.Event()

    def close() -> None:
        on_threads.append(threading.current_thread().name)
        closed.set()

    elsewhere(close)
    closed.clear()
    _thread.start_new_thread(elsewhere, (close,))

    assert closed.wait(10)
    assert on_threads == [threading.current_thread().name, "glide-close"]


@pytest.mark.parametrize(
    "lock",
    [
        glide_sync._ffi_instance._SYNC_FFI.ffi._lock,
        glide._ffi_instance._ASYNC_FFI.ffi._lock,
        cffi.cparser.lock,
    ],
    ids=["synchronous", "asynchronous", "anybody's"],
)
def test_what_is_collected_while_cffi_reads_a_declaration_is_closed_on_another_thread(lock):
    """Else ``close`` would wait for a lock that its own thread holds."""
    ffi = glide_sync._ffi_instance._SYNC_FFI.ffi
    on_threads: list[str] = []
    closed = threading.Event()

    def close() -> None:
        ffi.typeof(f"struct {{ int never_read_before_{id(lock)}; }}")
        on_threads.append(threading.current_thread().name)
        closed.set()

    with lock:
        elsewhere(close)

    assert closed.wait(10)
    assert on_threads == ["glide-close"]
