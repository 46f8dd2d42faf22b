"""Generated Lua programs, run by a real server and by the mock that is like it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import hiredis
import pytest

from mock_backend import MockServer
from tests.integration.differential.programs import Programs
from tests.integration.wire import Wire
from tests.targets import Server

PROGRAMS = 1_500
ADDRESS = re.compile(r"0x[0-9a-f]+")


def plain(reply: Any) -> Any:
    """A reply as it can be compared: no addresses, errors as texts, NaN equal to itself."""
    if isinstance(reply, list):
        return [plain(one) for one in reply]
    if isinstance(reply, dict):
        return {str(plain(key)): plain(value) for key, value in reply.items()}
    if isinstance(reply, hiredis.ReplyError):
        return "error " + ADDRESS.sub("0x", str(reply))
    if isinstance(reply, bytes):
        return ADDRESS.sub("0x", reply.decode("latin-1"))
    return "nan" if isinstance(reply, float) and math.isnan(reply) else reply


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("protocol", [2, 3])
def test_the_mock_runs_generated_programs_as_the_real_server_does(
    server: Server, connect: Callable[..., Wire], protocol: int
) -> None:
    programs = Programs(protocol)
    real = connect(protocol=protocol)
    with MockServer(compat=server.compat) as mock:
        imitation = Wire(mock.host, mock.port, protocol)
        for _ in range(PROGRAMS):
            words = ("EVAL", programs.program(), 1, "key1", "arg1", "2.5")
            assert plain(imitation(*words)) == plain(real(*words)), words[1]
        imitation.close()
