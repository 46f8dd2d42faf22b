"""Side by side: the calls of the parity tables once more, each exchange queued in one pipeline.

What a call gives while it is queued, and what ``execute`` gives for all of them, errors in their
places.  Calls that are no commands of a pipeline, and those that would end it, are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.parity_calls import (
    Call,
    Exchange,
    aperform,
    perform,
    pipeline,
    steps,
    title,
    transaction,
)
from tests.integration.parity_judge import KNOWN_DIFFERENCES, Comparison
from tests.integration.parity_tables import CALLS
from tests.targets import Server

pytestmark = pytest.mark.one_mock

NOT_QUEUED = frozenset(
    """
    aclose close client from_pool from_url get_connection_kwargs get_encoder get_retry
    initialize json keyspace_notifications load_external_module lock monitor pipeline pubsub
    register_script set_response_callback set_retry transaction
    bf cf cms ft tdigest topk ts vset
    """.split()
)
"""Methods that make something or change the client: at once, on a pipeline as elsewhere."""

ENDING = frozenset("quit reset client_kill client_reply auth hello select".split())
"""Commands that end the connection of a pipeline or change it; test_adapter_pipeline has them."""

PAUSING = frozenset("client_pause failover".split())
"""Commands after which the rest of a transaction may wait for others."""


def queueable(exchange: Exchange) -> bool:
    """Whether all of it may stand in one pipeline."""
    left_out = NOT_QUEUED | ENDING | PAUSING
    return title(exchange) not in KNOWN_DIFFERENCES and all(
        type(call) is Call
        and call.method not in left_out
        and not str(call).startswith("execute_command('HELLO")
        for call in steps(exchange)
    )


QUEUED = {
    group: found
    for group, calls in CALLS.items()
    if (found := [exchange for exchange in calls if queueable(exchange)])
}
KINDS = {"pipeline": pipeline, "transaction": transaction}


@pytest.mark.parametrize(("kind", "form"), [("pipeline", "text"), ("transaction", "bytes")])
@pytest.mark.parametrize("group", QUEUED)
def test_queued_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_redis_py: Callable[..., Any],
    make_client: Callable[..., Any],
    group: str,
    kind: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text"}
    theirs, ours = make_redis_py(**options), make_client(**options)
    comparison = Comparison(server, form)
    for exchange in QUEUED[group]:
        queue = KINDS[kind](*steps(exchange), raise_on_error=False)
        clean()
        expected = perform(queue, theirs)
        clean()
        comparison.add(queue, expected, perform(queue, ours))
    comparison.verdict()


@pytest.mark.one_real
@pytest.mark.parametrize(("kind", "form"), [("pipeline", "bytes"), ("transaction", "text")])
@pytest.mark.parametrize("group", QUEUED)
async def test_asynchronously_queued_calls_give_what_redis_py_gives(
    server: Server,
    clean: Callable[[], None],
    make_async_redis_py: Callable[..., Any],
    make_async_client: Callable[..., Any],
    group: str,
    kind: str,
    form: str,
) -> None:
    options = {"decode_responses": form == "text"}
    theirs, ours = make_async_redis_py(**options), make_async_client(**options)
    comparison = Comparison(server, form)
    for exchange in QUEUED[group]:
        queue = KINDS[kind](*steps(exchange), raise_on_error=False)
        clean()
        expected = await aperform(queue, theirs)
        clean()
        comparison.add(queue, expected, await aperform(queue, ours))
    comparison.verdict()
