"""When a script's source travels, and on which lane."""

import hashlib

import pytest
from glide_shared.exceptions import RequestError
from glide_shared.request_type import RequestType

from adapter.state.scripts import Scripts, Sources
from adapter.translate import flow
from adapter.translate.encoding import Encoder
from adapter.translate.harmless import lane_of
from adapter.translate.plan import Lane, Plan

LONG = "return redis.call('SET', KEYS[1], ARGV[1]) -- long enough to be worth a SHA1"
SHA = hashlib.sha1(LONG.encode()).hexdigest()
NOSCRIPT = RequestError(
    "An error was signalled by the server: - NoScriptError: No matching script. Please use EVAL."
)


class Server:
    """Answers plans like a server that keeps scripts, and writes down what it was sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.known: set[bytes] = set()

    def __call__(self, plan: Plan) -> object:
        words = list(plan.native.words)
        if plan.native.request_type == RequestType.ScriptExists:
            words = [b"SCRIPT EXISTS", *words]
        elif plan.name == "SCRIPT FLUSH":
            self.sent.append("SCRIPT FLUSH")
            self.known.clear()
            return "OK"
        name = words[0].decode()
        self.sent.append(name)
        match name:
            case "EVAL":
                self.known.add(hashlib.sha1(words[1]).hexdigest().encode())
                return b"done"
            case "EVALSHA" if words[1] not in self.known:
                raise NOSCRIPT
            case "SCRIPT EXISTS":
                return [words[1] in self.known]
            case _ if b"LOAD" in plan.words:
                self.sent[-1] = "SCRIPT LOAD"
                sha = hashlib.sha1(plan.words[2]).hexdigest().encode()
                self.known.add(sha)
                return sha
        return b"done"


class Caller:
    """A pool's scripts, and how often they say that a source was sent."""

    def __init__(self, server: Server, sources: Sources | None = None) -> None:
        self.loads = 0
        self.server = server
        self.scripts = Scripts(sources or Sources(lane_of), self._loaded)

    def _loaded(self) -> None:
        self.loads += 1

    def __call__(self, *args: object) -> object:
        plan = flow.plan_of(args, Encoder())
        assert self.scripts.concerns(plan)
        return flow.drive(self.scripts.steps(plan), self.server)


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_source_crosses_once(server):
    call = Caller(server)

    for _ in range(3):
        assert call("EVAL", LONG, 0) == b"done"

    assert server.sent == ["EVAL", "EVALSHA", "EVALSHA"]
    assert call.loads == 1


def test_a_source_that_the_server_has_forgotten_is_sent_again(server):
    call = Caller(server)
    call("EVAL", LONG, 0)
    server.known.clear()

    assert call("EVAL", LONG, 0) == b"done"
    assert server.sent == ["EVAL", "EVALSHA", "EVAL"]


def test_a_short_source_is_sent_as_it_is(server):
    call = Caller(server)

    call("EVAL", "return 1", 0)
    call("EVAL", "return 1", 0)

    assert server.sent == ["EVAL", "EVAL"]


def test_a_flush_of_our_own_is_known(server):
    call = Caller(server)
    call("EVAL", LONG, 0)
    call("SCRIPT FLUSH")
    call("EVAL", LONG, 0)

    assert server.sent == ["EVAL", "SCRIPT FLUSH", "EVAL"]


def test_an_evalsha_of_the_callers_own_fails_as_it_does_in_redis(server):
    with pytest.raises(RequestError, match="NoScriptError"):
        Caller(server)("EVALSHA", "f" * 40, 0)


def test_many_who_load_the_same_source_send_it_once(server):
    call = Caller(server)

    assert call("SCRIPT LOAD", LONG) == SHA.encode()
    assert call("SCRIPT LOAD", LONG) == SHA.encode()

    assert server.sent == ["SCRIPT LOAD", "SCRIPT EXISTS"]
    assert call.loads == 1


def test_a_source_that_is_gone_is_loaded_whatever_we_remember(server):
    call = Caller(server)
    call("SCRIPT LOAD", LONG)
    server.known.clear()

    call("SCRIPT LOAD", LONG)

    assert server.sent == ["SCRIPT LOAD", "SCRIPT EXISTS", "SCRIPT LOAD"]


@pytest.mark.parametrize(
    ("args", "lane"),
    [
        (("EVAL", "return 1", 0), Lane.SHARED),
        (("EVAL", "redis.setresp(3); return {big_number='1'}", 0), Lane.PLAIN),
        (("EVALSHA", "0" * 40, 0), Lane.PLAIN),
        (("EVALSHA", SHA, 0), Lane.SHARED),
        (("EVALSHA", SHA.upper(), 0), Lane.SHARED),
        (("EVAL", "return {double=1.5}", 0), Lane.HOME),
        (("EVAL", "return {set={a=true}}", 0), Lane.HOME),
        (("EVAL", "return redis.call('set', KEYS[1], 'map')", 1, "k"), Lane.SHARED),
        (("FCALL", "f", 0), Lane.PLAIN),
    ],
)
def test_what_might_end_the_process_travels_on_the_plain_lane(args, lane):
    scripts = Scripts(Sources(lane_of), lambda: None)
    scripts.learn(LONG.encode())

    assert scripts.placed(flow.plan_of(args, Encoder())).lane is lane


def test_what_is_known_of_a_source_holds_for_every_server():
    sources = Sources(lane_of)
    Scripts(sources, lambda: None).learn(LONG.encode())

    assert sources.lane(SHA.encode()) is Lane.SHARED


def test_other_commands_are_none_of_its_concern():
    plan = flow.plan_of(("GET", "k"), Encoder())

    assert not Scripts(Sources(lane_of), lambda: None).concerns(plan)
