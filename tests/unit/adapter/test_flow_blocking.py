"""How long a command may keep its caller waiting, and which scripts may end the process."""

import pytest

from adapter.translate.blocking import blocking_seconds


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ("GET k", None),
        ("BLPOP a b 1.5", 1.5),
        ("blpop a 0", 0.0),
        ("BRPOP a 5", 5.0),
        ("BRPOPLPUSH a b 2", 2.0),
        ("BLMOVE a b LEFT RIGHT 3", 3.0),
        ("BLMPOP 4 1 a LEFT", 4.0),
        ("BZPOPMIN z 5", 5.0),
        ("BZPOPMAX z 0", 0.0),
        ("BZMPOP 6 1 z MIN", 6.0),
        ("XREAD BLOCK 1500 STREAMS x $", 1.5),
        ("XREAD COUNT 1 BLOCK 0 STREAMS x $", 0.0),
        ("XREAD STREAMS block 0", None),
        ("XREADGROUP GROUP block block STREAMS x >", None),
        ("XREADGROUP GROUP g c NOACK BLOCK 10 STREAMS x >", 0.01),
        ("WAIT 1 1000", 1.0),
        ("WAITAOF 1 0 0", 0.0),
    ],
)
def test_the_limit_is_read_from_the_words(command, seconds):
    assert blocking_seconds([word.encode() for word in command.split()]) == seconds


@pytest.mark.parametrize(
    "command", ["BLPOP", "BLPOP a x", "BLPOP a -1", "BLMOVE a", "XREAD BLOCK", "WAIT 1"]
)
def test_what_the_server_refuses_does_not_wait(command):
    assert blocking_seconds([word.encode() for word in command.split()]) is None
