"""Every Lua script of BullMQ, for Python and for Node, on the mock and on the real servers."""

from __future__ import annotations

import pytest

from tests.integration.queues.replaying import Replay, recorded
from tests.integration.queues.scripts_of_bullmq import NODE, Script, python_scripts, scripts_of
from tests.targets import Missing, Server, required

EDITIONS = ("python", *NODE)

SAID = {"python": ("python", "node-6"), "node-5": ("node-5",), "node-6": ("node-6",)}
"""Which recordings an edition is played: that of Python uses half of the scripts it brings."""

EVERY = 50
"""So many calls after which all keys are compared, and not only those that an event named."""


def scripts(edition: str) -> dict[str, Script]:
    """Skips, or with CI=true fails, where they cannot be had."""
    try:
        return scripts_of(edition)
    except Missing as missing:
        if required():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.mark.targets("redis", "valkey")  # each beside the mock that is like it
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_script_does_on_the_mock_what_it_does_on_the_server(
    server: Server, edition: str
) -> None:
    known = scripts(edition)
    replay = Replay(server.name, server.host, server.port, known)
    try:
        for name in SAID[edition]:
            for at, call in enumerate(recorded(name)):
                if call.name is not None and call.name not in known:
                    continue
                if call.name == "relaySweep":  # takes away what has ended
                    replay.move_on()
                replay.say(call)
                if at % EVERY == 0:
                    replay.compare_keys(call)
            replay.compare_keys(None)
    finally:
        replay.close()

    assert not replay.mock.server.bugs
    assert set(known) - replay.performed == set()


def test_the_scripts_for_python_take_the_keys_that_their_names_say() -> None:
    assert all(script.keys > 0 and script.code for script in python_scripts().values())
