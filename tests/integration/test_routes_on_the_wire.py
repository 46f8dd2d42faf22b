"""Every request type, sent for real to a server that only writes down what it hears.

GLIDE's core knows each request type by number; what it makes of the number can only be seen on the
wire.  No redis is needed for it, and a type that ended the process would be seen here too.
"""

import contextlib
import socket
import threading

import hiredis
import pytest
from glide_shared.commands.batch import Batch
from glide_sync import GlideClient, GlideClientConfiguration, NodeAddress
from redis.exceptions import RedisError

from adapter.translate.routes import ROUTES, route

SENT_OTHERWISE = {b"LOLWUT"}
"""By script, with the reason at its mapper."""


class Recorder:
    """Shakes hands as GLIDE expects; answers everything else with an error, and remembers it."""

    def __init__(self):
        self.heard = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._connections = []
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        reader = hiredis.Reader()
        while data := connection.recv(65536):
            reader.feed(data)
            while (request := reader.gets()) is not False:
                connection.sendall(self._answer(request))

    def _answer(self, request):
        if request[:2] == [b"HELLO", b"3"]:
            return b"%1\r\n+proto\r\n:3\r\n"
        if request == [b"INFO", b"REPLICATION"]:
            return b"$11\r\nrole:master\r\n"
        self.heard.append(request)
        return b"-ERR heard\r\n"

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()


@pytest.fixture
def recorder():
    recorder = Recorder()
    yield recorder
    recorder.close()


def test_each_route_says_on_the_wire_what_it_was_given(recorder):
    client = GlideClient.create(
        GlideClientConfiguration([NodeAddress("127.0.0.1", recorder.port)], request_timeout=10_000)
    )
    misheard = {}
    for name in sorted(set(ROUTES) - SENT_OTHERWISE):
        words = [*name.split(), b"probe"]
        try:
            plan = route(words)
        except RedisError:
            continue  # refused before anything is sent
        batch = Batch(is_atomic=False)
        batch.append_command(*plan.native)
        recorder.heard.clear()
        client.exec(batch, raise_on_error=False)
        if recorder.heard != [words]:
            misheard[name] = list(recorder.heard)
    client.close()

    assert misheard == {}
