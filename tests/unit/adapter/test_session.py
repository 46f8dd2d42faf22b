"""What two connections vouch for together."""

import pytest
from glide_shared.request_type import RequestType

from adapter.connect import session

WAIT = (RequestType.Wait, [b"1", b"500"])
WAITAOF = (RequestType.WaitAof, [b"1", b"2", b"500"])


def test_only_wait_and_waitaof_are_about_a_connection_s_writes():
    assert session.vouches(WAIT)
    assert session.vouches(WAITAOF)
    assert not session.vouches((RequestType.Select, [b"1"]))


@pytest.mark.parametrize(
    ("native", "reply", "timeout"),
    [(WAIT, 1, b"500"), (WAIT, 0, b"1"), (WAITAOF, [1, 2], b"500"), (WAITAOF, [1, 1], b"1")],
)
def test_the_other_connection_is_only_looked_at_if_time_has_run_out(native, reply, timeout):
    assert session.elsewhere(native, reply)[1] == [*native[1][:-1], timeout]


def test_the_least_counts():
    assert session.least(2, 1) == 1
    assert session.least([1, 2], [0, 3]) == [0, 2]
