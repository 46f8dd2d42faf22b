"""import-mode of Valkey 8.1: what has expired stays until the client that imports removes it."""

from __future__ import annotations

from mock_backend import MockServer, VirtualClock
from mock_backend.replies import Simple

SAID = """
N SET g 1                            OK
N EXPIRE g -1                        1
N GETEX g                            nil
N SET h 1 EXAT 1                     OK
I GET h                              1
N DBSIZE                             8
N GET a                              nil
N EXISTS a b                         0
I TTL a                              0
I GET a                              1
I EXISTS a b                         2
N LPUSH a x                          1
N TTL a                              -1
N INCR b                             1
N TTL b                              -1
N MULTI                              OK
N LPUSH c x                          QUEUED
N EXEC                               [1]
N TTL c                              -1
N DBSIZE                             8
N DEL d                              1
N DBSIZE                             7
N EXPIRE e 100                       0
N DBSIZE                             6
I EXPIRE f -1                        1
N GET f                              nil
I INCR f                             2
I DEL f                              1
N DBSIZE                             5
N CLIENT|IMPORT-SOURCE|yes           ERR syntax error
N CONFIG|SET|import-mode|no          OK
N CLIENT|IMPORT-SOURCE|on            ERR Server is not in import mode
I CLIENT|IMPORT-SOURCE|off           OK
N GET g                              nil
"""
"""Who says what, and what Valkey 8.1.1 answers; six keys have expired before."""


def shown(reply: object) -> str:
    if isinstance(reply, list):
        return f"[{', '.join(map(shown, reply))}]"
    if isinstance(reply, Simple):
        reply = reply.text
    if isinstance(reply, bytes):
        return reply.decode()
    return "nil" if reply is None else str(reply)


def test_what_has_expired_stays_for_the_client_that_imports(clock: VirtualClock) -> None:
    server = MockServer(compat="valkey-8.1", clock=clock)
    clients = {"N": server.client(), "I": server.client()}
    clients["N"]("CONFIG", "SET", "import-mode", "yes")
    clients["I"]("CLIENT", "IMPORT-SOURCE", "on")
    for key in "abcdef":
        clients["N"]("SET", key, 1, "PX", 1)
    clock.advance(1)

    for line in SAID.split("\n")[1:-1]:
        who, words, expected = line[0], line[2:37].strip(), line[37:]
        reply = clients[who](*(words.split("|") if "|" in words else words.split()))
        assert shown(reply) == expected, line
    assert clients["N"]("DBSIZE") == 4
    assert sorted(clients["I"]("KEYS", "*")) == [b"a", b"b", b"c"]
    assert server.bugs == []
