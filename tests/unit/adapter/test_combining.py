"""Threads that ask at the same time share a batch, and none is left waiting."""

import copy
import threading
from collections.abc import Callable

import pytest

from adapter.state.combining import Combiner
from adapter.translate.plan import Native

SECONDS = 10
"""How long a thread may take before a test fails."""


def native(word: str) -> Native:
    return (1, [word.encode()])


class Server:
    """Answers each command with its own word; the first batch is held back until ``opened``."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.entered = threading.Event()
        self.opened = threading.Event()

    def carry(self, natives: list[Native]) -> list[bytes]:
        self.batches.append([one[1][0] for one in natives])
        if len(self.batches) == 1:
            self.entered.set()
            assert self.opened.wait(SECONDS)
        return [one[1][0] for one in natives]


class Threads:
    """Threads that ask one thing each."""

    def __init__(self, combiner: Combiner) -> None:
        self.combiner = combiner
        self.replies: dict[str, object] = {}
        self.threads: list[threading.Thread] = []

    def ask(self, word: str) -> None:
        def run() -> None:
            self.replies[word] = self.combiner.ask(native(word))

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(SECONDS)
            assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Waits for what another thread is about to do."""
    ready = threading.Event()
    for _ in range(SECONDS * 1000):
        if condition():
            return
        ready.wait(0.001)
    raise AssertionError("it did not happen")


@pytest.fixture
def server() -> Server:
    return Server()


def waiting(combiner: Combiner) -> int:
    return len(combiner._waiting)


def crowded(carry: Callable[[list[Native]], list[bytes]]) -> Combiner:
    """A combiner for which two threads are many already."""
    return Combiner(carry, few=0)


def held_up(server: Server, words: str) -> tuple[Combiner, Threads]:
    """A first thread whose batch is under way, and those who wait behind it."""
    combiner = crowded(server.carry)
    threads = Threads(combiner)
    threads.ask("first")
    assert server.entered.wait(SECONDS)
    for count, word in enumerate(words, 1):
        threads.ask(word)
        until(lambda count=count: waiting(combiner) == count)
    return combiner, threads


def test_a_thread_that_is_alone_sends_for_itself(server):
    server.opened.set()
    combiner = Combiner(server.carry)

    assert [combiner.ask(native(word)) for word in "ab"] == [b"a", b"b"]
    assert server.batches == [[b"a"], [b"b"]]


def test_what_is_asked_during_a_batch_leaves_together_in_the_next(server):
    _, threads = held_up(server, "abc")

    server.opened.set()
    threads.join()

    assert server.batches == [[b"first"], [b"a", b"b", b"c"]]
    assert threads.replies == {"first": b"first", "a": b"a", "b": b"b", "c": b"c"}


def test_who_comes_after_the_last_leader_leads_again(server):
    combiner, threads = held_up(server, "ab")
    server.opened.set()
    threads.join()

    assert combiner.ask(native("late")) == b"late"


class Doors:
    """Holds back every batch until it is let through by the words in it."""

    def __init__(self) -> None:
        self.there: list[str] = []
        self.open: dict[str, threading.Event] = {}

    def carry(self, natives: list[Native]) -> list[bytes]:
        words = "".join(one[1][0].decode() for one in natives)
        self.open[words] = threading.Event()
        self.there.append(words)
        assert self.open[words].wait(SECONDS)
        return [one[1][0] for one in natives]


def test_few_threads_send_each_for_itself():
    doors = Doors()
    threads = Threads(Combiner(doors.carry, few=3))
    for count, word in enumerate("abc", 1):
        threads.ask(word)
        until(lambda count=count: len(doors.there) == count)

    for word in "cab":
        doors.open[word].set()
    threads.join()

    assert threads.replies == {"a": b"a", "b": b"b", "c": b"c"}


def test_few_threads_go_on_sending_each_for_itself():
    doors = Doors()
    threads = Threads(Combiner(doors.carry, few=2))
    for word in "ab":
        threads.ask(word)
        until(lambda word=word: word in doors.there)
    for answered, word in zip("abcd", "cdef", strict=True):
        doors.open[answered].set()
        until(lambda answered=answered: answered in threads.replies)
        threads.ask(word)
        until(lambda word=word: word in doors.there)
    for word in "ef":
        doors.open[word].set()
    threads.join()

    assert doors.there == list("abcdef")


def test_one_thread_too_many_and_all_share_their_batches():
    doors = Doors()
    combiner = Combiner(doors.carry, few=2)
    threads = Threads(combiner)
    for count, word in enumerate("ab", 1):
        threads.ask(word)
        until(lambda count=count: len(doors.there) == count)
    for count, word in enumerate("cde", 1):
        threads.ask(word)
        until(lambda count=count: waiting(combiner) == count)

    doors.open["a"].set()
    threads.threads[0].join(SECONDS)
    assert doors.there == ["a", "b"]  # who wait are for one batch, when nothing is under way
    doors.open["b"].set()
    until(lambda: len(doors.there) == 3)
    doors.open["cde"].set()
    threads.join()

    assert doors.there == ["a", "b", "cde"]


def test_a_crowd_is_forgotten_batch_by_batch():
    doors = Doors()
    combiner = Combiner(doors.carry, few=2)
    test = Threads(combiner)
    for word in "abc":
        test.ask(word)
        until(lambda word=word: word in doors.there or waiting(combiner) == 1)
    for word in "abc":
        until(lambda word=word: word in doors.there)
        doors.open[word].set()
    test.join()
    for word in "de":
        test.ask(word)
        until(lambda word=word: word in doors.there)
        doors.open[word].set()
        test.threads[-1].join(SECONDS)

    for word in "fg":
        test.ask(word)
        until(lambda word=word: word in doors.there)
    for word in "fg":
        doors.open[word].set()
    test.join()

    assert doors.there[-2:] == ["f", "g"]


def test_an_error_of_the_whole_batch_is_everybodys(server):
    failure = ConnectionError("gone")

    def carry(natives):
        if server.carry(natives) != [b"first"]:
            raise failure
        return [b"first"]

    combiner = crowded(carry)
    threads = Threads(combiner)
    threads.ask("first")
    assert server.entered.wait(SECONDS)
    for count, word in enumerate("ab", 1):
        threads.ask(word)
        until(lambda count=count: waiting(combiner) == count)
    server.opened.set()
    threads.join()

    assert threads.replies == {"first": b"first", "a": failure, "b": failure}


def test_a_leader_who_is_interrupted_leaves_nobody_waiting():
    entered, opened = threading.Event(), threading.Event()
    batches = []

    def carry(natives):
        batches.append(len(natives))
        if len(batches) == 1:
            entered.set()
            assert opened.wait(SECONDS)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return [one[1][0] for one in natives]

    combiner = crowded(carry)
    outcomes: dict[str, object] = {}

    def run(word: str) -> None:
        try:
            outcomes[word] = combiner.ask(native(word))
        except KeyboardInterrupt as error:
            outcomes[word] = error

    threads = []
    for count, word in enumerate(["first", "a", "b"]):
        threads.append(threading.Thread(target=run, args=(word,), daemon=True))
        threads[-1].start()
        if count == 0:
            assert entered.wait(SECONDS)
        else:
            until(lambda count=count: waiting(combiner) == count)
    opened.set()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()

    assert isinstance(outcomes["a"], KeyboardInterrupt)
    assert isinstance(outcomes["b"], InterruptedError)
    assert combiner.ask(native("c")) == b"c"


@pytest.mark.parametrize("leads", [False, True])
def test_who_is_interrupted_while_he_waits_is_waited_for_by_nobody(server, monkeypatch, leads):
    class Interrupted:
        """A signal whose waiter is interrupted, by then a leader or not."""

        def __init__(self, caller) -> None:
            self.caller = caller

        def acquire(self) -> None:
            if leads:
                server.opened.set()
                until(lambda: self.caller.leads)
            raise KeyboardInterrupt

        def release(self) -> None:
            pass

    combiner, threads = held_up(server, "")
    in_company = combiner._in_company

    def interrupted(caller) -> object:
        caller.signal = Interrupted(caller)
        return in_company(caller)

    monkeypatch.setattr(combiner, "_in_company", interrupted)
    with pytest.raises(KeyboardInterrupt):
        combiner.ask(native("gone"))
    monkeypatch.setattr(combiner, "_in_company", in_company)
    server.opened.set()
    threads.join()

    assert combiner.ask(native("next")) == b"next"
    assert server.batches == [[b"first"], [b"next"]]


def test_a_finalizer_that_asks_in_the_middle_of_sending_is_answered():
    def carry(natives):
        words = [one[1][0] for one in natives]
        return [combiner.ask(native("inner"))] if words == [b"outer"] else words

    combiner = Combiner(carry)

    assert combiner.ask(native("outer")) == b"inner"


def test_a_forked_child_does_not_wait_for_its_parents_threads(server, monkeypatch):
    parents, threads = held_up(server, "a")
    childs = copy.copy(parents)  # the same locks, as after a fork
    childs._pid = -1

    replies: list[object] = []
    asking = threading.Thread(target=lambda: replies.append(childs.ask(native("b"))), daemon=True)
    asking.start()
    asking.join(SECONDS)

    assert replies == [b"b"]
    server.opened.set()
    threads.join()
    assert threads.replies == {"first": b"first", "a": b"a"}


def test_many_threads_get_their_own_replies():
    combiner = Combiner(lambda natives: [one[1][0] for one in natives])
    wrong: list[object] = []

    def run(name: int) -> None:
        for number in range(200):
            word = b"%d-%d" % (name, number)
            if combiner.ask((1, [word])) != word:
                wrong.append(word)

    threads = [threading.Thread(target=run, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert wrong == []
    assert not any(thread.is_alive() for thread in threads)
