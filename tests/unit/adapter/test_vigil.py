"""Who is warned when GLIDE has found a subscription missing."""

from __future__ import annotations

import gc
import threading
from types import SimpleNamespace

import pytest

from adapter.connect import vigil


class Library:
    """GLIDE's half: the number that grows."""

    def __init__(self) -> None:
        self.missed = 0
        self.looked_at = threading.Event()

    def get_statistics(self) -> SimpleNamespace:
        self.looked_at.set()
        return SimpleNamespace(subscription_out_of_sync_count=self.missed)


class Listener:
    def __init__(self) -> None:
        self.warned = threading.Event()

    def warn(self) -> None:
        self.warned.set()


@pytest.fixture
def watcher(monkeypatch):
    monkeypatch.setattr(vigil, "LOOK_SECONDS", 0.001)
    return vigil.Vigil()


def client_of(library: Library) -> SimpleNamespace:
    return SimpleNamespace(_lib=library)


def test_a_listener_is_warned_when_the_number_of_its_library_grows(watcher):
    library, another, mine, theirs = Library(), Library(), Listener(), Listener()
    watcher.watch(client_of(library), mine.warn)
    watcher.watch(client_of(another), theirs.warn)

    library.missed += 1

    assert mine.warned.wait(10)
    assert not theirs.warned.is_set()
    mine.warned.clear()
    library.missed += 1
    assert mine.warned.wait(10)


def test_whoever_comes_again_is_one_listener(watcher):
    library, listener = Library(), Listener()
    for _ in range(10):
        watcher.watch(client_of(library), listener.warn)

    assert len(watcher._listeners) == 1


def test_the_watch_ends_with_the_last_listener_and_begins_again(watcher):
    library, listener = Library(), Listener()
    watcher.watch(client_of(library), listener.warn)
    (thread,) = (t for t in threading.enumerate() if getattr(t, "_target", None) == watcher._keep)

    del listener
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()

    another = Listener()
    watcher.watch(client_of(library), another.warn)
    library.missed += 1
    assert another.warned.wait(10)


def test_a_child_process_has_a_watch_of_its_own(watcher):
    # as a fork leaves it: another process, a lock that is held, a thread that is not there
    watcher._pid = -1
    watcher._running = True
    watcher._lock.acquire()

    library, listener = Library(), Listener()
    watcher.watch(client_of(library), listener.warn)
    library.missed += 1

    assert listener.warned.wait(10)


def test_whoever_comes_between_two_looks_is_warned_of_what_happened_since(watcher, monkeypatch):
    library, first, second, looking = Library(), Listener(), Listener(), threading.Event()
    monkeypatch.setattr(vigil.time, "sleep", lambda seconds: looking.wait(10))
    watcher.watch(client_of(library), first.warn)
    watcher.watch(client_of(library), second.warn)
    library.missed += 1

    looking.set()

    assert first.warned.wait(10)
    assert second.warned.wait(10)
