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
from adapter.translate.routes import route

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
        words = list(plan.native[1])
        if plan.native[0] == RequestType.ScriptExists:
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
        assert plan.lane is Lane.SCRIPT
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


class Together(Server):
    """The same server, which also takes lists."""

    def __call__(self, step: object) -> object:
        if isinstance(step, Plan):
            return super().__call__(step)
        assert isinstance(step, list)
        replies: list[object] = []
        for native in step:
            words = list(native[1])
            if words[:2] == [b"SCRIPT", b"FLUSH"] or native[0] == RequestType.ScriptFlush:
                self.sent.append("SCRIPT FLUSH")
                self.known.clear()
                replies.append("OK")
                continue
            try:
                replies.append(super().__call__(route(words)))
            except RequestError as error:
                replies.append(error)
        return replies


def pipelined(scripts: Scripts, server: Together, *calls: tuple[object, ...]) -> object:
    plans = [flow.plan_of(call, Encoder()) for call in calls]
    return flow.drive(scripts.pipelined(plans), server)


def test_a_pipeline_carries_a_source_once_and_then_asks_whether_it_is_there():
    server, scripts = Together(), Scripts(Sources(lane_of), lambda: None)

    for _ in range(2):
        pipelined(scripts, server, ("EVAL", LONG, 0), ("EVAL", LONG, 0))
    server.known.clear()
    pipelined(scripts, server, ("EVAL", LONG, 0))

    assert server.sent == [
        "EVAL", "EVALSHA",
        "SCRIPT EXISTS", "EVALSHA", "EVALSHA",
        "SCRIPT EXISTS", "EVAL",
    ]  # fmt: skip


def test_a_pipeline_without_a_source_asks_nothing():
    server, scripts = Together(), Scripts(Sources(lane_of), lambda: None)

    pipelined(scripts, server, ("EVAL", "return 1", 0), ("EVAL", "return 1", 0))

    assert server.sent == ["EVAL", "EVAL"]


def test_a_flush_in_a_pipeline_makes_it_carry_the_source_again():
    server, scripts = Together(), Scripts(Sources(lane_of), lambda: None)

    pipelined(scripts, server, ("EVAL", LONG, 0), ("SCRIPT FLUSH",), ("EVAL", LONG, 0))

    assert server.sent == ["EVAL", "SCRIPT FLUSH", "EVAL"]


def test_what_follows_a_source_that_was_refused_has_its_error():
    scripts = Scripts(Sources(lane_of), lambda: None)
    plans = [flow.plan_of(("EVAL", LONG, 0), Encoder())] * 2
    refused = RequestError("ERR: Error compiling script")

    replies = flow.drive(scripts.pipelined(plans), lambda step: [refused, NOSCRIPT])

    assert replies == [refused, refused]


def test_a_script_that_speaks_of_noscript_itself_is_run_once(server):
    call = Caller(server)
    call("EVAL", LONG, 0)
    own = RequestError("An error was signalled by the server: - NoScriptError: my own words")

    def answer(plan: Plan) -> object:
        server.sent.append("again")
        raise own

    with pytest.raises(RequestError, match="my own words"):
        flow.drive(call.scripts.steps(flow.plan_of(("EVAL", LONG, 0), Encoder())), answer)
    assert server.sent == ["EVAL", "again"]


def test_what_is_known_of_a_source_holds_for_every_server():
    sources = Sources(lane_of)
    Scripts(sources, lambda: None).learn(LONG.encode())

    assert sources.lane(SHA.encode()) is Lane.SHARED


def test_a_pipeline_asks_about_the_sources_that_were_sent_before():
    scripts = Scripts(Sources(lane_of), lambda: None)
    plans = [flow.plan_of(args, Encoder()) for args in (("GET", "k"), ("EVAL", LONG, 0))]

    assert not scripts.asks(plans)
    flow.drive(scripts.steps(plans[1]), lambda step: b"5")
    assert scripts.asks(plans)


def test_what_takes_one_step_whatever_the_server_says_is_direct():
    scripts = Scripts(Sources(lane_of), lambda: None)
    by_sha = scripts.direct(flow.plan_of(("EVALSHA", SHA, 0), Encoder()))

    assert by_sha is not None
    assert by_sha.lane is Lane.PLAIN
    assert scripts.direct(flow.plan_of(("EVAL", LONG, 0), Encoder())) is None
    assert scripts.direct(flow.plan_of(("SCRIPT", "FLUSH"), Encoder())) is None
