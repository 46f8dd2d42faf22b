"""Which commands of a pipeline travel together, and whose fault a refused transaction was."""

import pytest
from glide_shared.exceptions import RequestError
from glide_shared.request_type import RequestType
from redis.client import EMPTY_RESPONSE, NEVER_DECODE
from redis.exceptions import (
    BusyLoadingError,
    ExecAbortError,
    NoPermissionError,
    ResponseError,
    WatchError,
)

from adapter.state import pipeline
from adapter.state.scripts import Scripts, Sources
from adapter.translate import flow
from adapter.translate.encoding import Encoder
from adapter.translate.plan import Lane, Plan


def plan(name: str, lane: Lane = Lane.SHARED) -> Plan:
    words = [name.encode()]
    return Plan(words, (RequestType.CustomCommand, words), pipeline.same, lane)


def test_neighbours_that_can_use_one_connection_share_a_run():
    plans = [plan("a"), plan("b", Lane.PLAIN), plan("c"), plan("d", Lane.HOME), plan("e")]

    found = [(run.lane, run.plans) for run in pipeline.runs(plans)]

    assert found == [(Lane.PLAIN, plans[:3]), (Lane.HOME, plans[3:])]


def test_a_waiting_and_a_lonely_command_are_runs_of_their_own():
    plans = [plan("a"), plan("b", Lane.BLOCKING), plan("c", Lane.BLOCKING), plan("d", Lane.SESSION)]

    assert [len(run.plans) for run in pipeline.runs(plans)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        ([Lane.SHARED, Lane.SHARED], Lane.SHARED),
        ([Lane.SHARED, Lane.BLOCKING], Lane.SHARED),
        ([Lane.SHARED, Lane.PLAIN], Lane.PLAIN),
        ([Lane.SESSION, Lane.PLAIN], Lane.SESSION),
    ],
)
def test_a_transaction_has_one_lane_and_nothing_waits_in_it(lanes, expected):
    assert pipeline.lane_of([plan("x", lane) for lane in lanes]) is expected


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16])
def test_the_first_refused_command_is_found_without_running_any(length):
    natives = [plan(str(number)).native for number in range(length)]
    for guilty in range(length):

        def queue(probe, refused=frozenset((guilty, length - 1))):
            assert probe[-1] is pipeline.POISON
            if any(int(words[0]) in refused for _, words in probe[:-1]):
                raise RequestError("wrong number of arguments for 'get' command")
            raise RequestError(f"unknown command '{pipeline.POISON_NAME}', with args beginning")

        assert flow.drive(pipeline.culprit(natives), queue) == guilty


def test_the_poison_is_told_from_the_command_before_it():
    assert not pipeline.refused_earlier(
        ResponseError(f"unknown command '{pipeline.POISON_NAME}', with args beginning with: ")
    )
    assert pipeline.refused_earlier(ResponseError("wrong number of arguments for 'get' command"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ResponseError("wrong number of arguments for 'get' command"), True),
        (ResponseError("EXEC without MULTI"), False),
        (ExecAbortError("Transaction discarded because of previous errors."), False),
        (ConnectionError("gone"), False),
        (NoPermissionError("User anna has no permissions to run the 'multi' command"), False),
        (NoPermissionError("User anna has no permissions to run the 'get' command"), True),
    ],
)
def test_only_a_refusal_to_queue_is_numbered(error, expected):
    assert pipeline.refused_in_queue(error) is expected


@pytest.mark.parametrize(
    ("words", "request_type"),
    [
        ([b"WATCH", b"k"], RequestType.Watch),
        ([b"unwatch"], RequestType.UnWatch),
        ([b"DISCARD"], RequestType.Discard),
    ],
)
def test_what_a_route_refuses_has_a_typed_request_in_a_pipeline(words, request_type):
    assert pipeline.unplanned(words, "name").native == (request_type, words[1:])


STACK = [(("a",), {}), (("b",), {EMPTY_RESPONSE: "known"}), (("c",), {"option": 1})]
REFUSED = RequestError("WRONGTYPE: Operation against a key holding the wrong kind of value")


def transaction_of(stack):
    scripts = Scripts(Sources(lambda source: Lane.SHARED), lambda: None)
    return pipeline.Transaction(stack, Encoder(), scripts)


@pytest.fixture
def transaction():
    return transaction_of(STACK)


def test_a_command_whose_answer_is_known_is_not_sent_and_keeps_its_place(transaction):
    assert [words for _, words in transaction.natives] == [[b"a"], [b"c"]]

    responses = transaction.responses([b"1", REFUSED])
    results = transaction.results(responses, lambda plan, reply, options: (plan.words, reply))

    assert isinstance(responses[2], ResponseError)
    assert list(results) == [([b"a"], b"1"), "known", responses[2]]


def test_no_replies_mean_that_a_watched_key_has_changed(transaction):
    with pytest.raises(WatchError, match=r"^Watched variable changed\.$"):
        transaction.responses(None)


def test_a_server_that_is_loading_is_an_error_of_the_whole_transaction(transaction):
    loading = RequestError(
        "An error was signalled by the server: - BusyLoadingError: Redis is loading the dataset"
    )

    with pytest.raises(BusyLoadingError):
        transaction.responses([loading, loading])


def test_a_refusal_names_the_command_and_its_number_among_those_that_were_sent(transaction):
    error, number, words = flow.drive(transaction.refusal(REFUSED), refusing([b"c"]))

    assert (type(error), number, words) == (ResponseError, 2, ("c",))


@pytest.mark.parametrize("refused", [None, []], ids=["nothing any more", "MULTI itself"])
def test_a_refusal_that_cannot_be_told_again_names_no_command(transaction, refused):
    error, number, _ = flow.drive(transaction.refusal(REFUSED), refusing(refused))

    assert (type(error), number) == (ResponseError, 0)


def refusing(words):
    """A server that refuses to queue the command of these words; an empty list: anything."""

    def queue(probe):
        if words == [] or words in [asked for _, asked in probe]:
            raise REFUSED
        raise RequestError(f"unknown command '{pipeline.POISON_NAME}', with args beginning")

    return queue


def test_a_transaction_that_was_discarded_is_nobodys_fault(transaction):
    aborted = RequestError("An error was signalled by the server: - ExecAbortError: discarded")

    error, number, _ = flow.drive(transaction.refusal(aborted), None)

    assert (type(error), number) == (ExecAbortError, 0)


def test_behind_a_queued_discard_nothing_is_run_a_second_time():
    stack = [(("DISCARD",), {}), (("SET", "k", "v"), {}), (("GET",), {})]
    discarded = transaction_of(stack)

    error, number, words = flow.drive(discarded.refusal(REFUSED), None)

    assert (str(error), number, words) == ("EXEC without MULTI", 0, ())


def test_nothing_in_a_transaction_is_spared_from_decoding():
    dumped = transaction_of([(("DUMP",), {NEVER_DECODE: True})])

    assert list(dumped.results([b"x"], lambda plan, reply, options: options)) == [{}]


@pytest.mark.parametrize(("said", "expected"), [(b"multi", True), (b"EXEC", False)])
def test_a_pipeline_that_says_multi_itself_is_known(said, expected):
    plans = [plan("a"), pipeline.unplanned([said], said)]

    assert pipeline.opens_transaction(plans) is expected


class Name(str):
    """As the members of a ``StrEnum`` are."""


GET, SET, ZPOPMIN = ("GET", "k"), ("SET", "k", "v"), ("ZPOPMIN", "k")


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ([GET, SET], True),
        ([], False),
        ([GET, ZPOPMIN], False),
        ([GET, ("MULTI",)], False),
        ([GET, (bytearray(b"GET"), "k")], False),
        ([GET, (Name("SET"), "k", "v")], False),
    ],
)
def test_a_pipeline_needs_no_plans_if_none_of_its_commands_does(said, plain):
    requests = pipeline.requests_of([(args, {}) for args in said], Encoder())

    assert requests == ([flow.request_of(args, Encoder()) for args in said] if plain else None)


@pytest.mark.parametrize("by_plan", [False, True])
def test_errors_of_commands_stand_among_the_results(by_plan):
    replies = [b"v", RequestError("An error was signalled by the server: - ResponseError: no")]
    said, encoder = [GET, SET], Encoder(decode_responses=True)
    asked = [flow.plan_of(args, encoder) for args in said] if by_plan else said
    finish = flow.finish if by_plan else flow.result_of

    found = [*pipeline.outcomes(finish, asked, replies, [{NEVER_DECODE: True}, {}], {}, encoder)]

    assert found[0] == b"v"
    assert isinstance(found[1], ResponseError)
    assert len(found) == 2
    with pytest.raises(ValueError, match="shorter"):
        list(pipeline.outcomes(finish, asked, replies[:1], [{}, {}], {}, encoder))
