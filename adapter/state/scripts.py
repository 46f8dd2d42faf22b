"""Lua scripts: which sources are known, which of them the server has, and how an EVAL then
travels.

A script's source crosses the wire once: after that its EVAL goes as EVALSHA, and comes back as
EVAL should the server have forgotten it.  What the caller sees is redis's own: an EVALSHA of his
own with a SHA1 that the server does not have raises NoScriptError, and redis-py's ``Script``
objects load and try again by themselves.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any

from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType

from adapter.translate.plan import Lane, Native, Plan
from adapter.translate.routes import route

KEPT = 1_000
"""Sources that are remembered; the one that was used longest ago goes first."""
SHORT = 41
"""A source up to the length of a SHA1 is sent as it is: EVALSHA would save nothing."""

BY_SOURCE = {b"EVAL": b"EVALSHA", b"EVAL_RO": b"EVALSHA_RO"}
BY_SHA = frozenset({b"EVALSHA", b"EVALSHA_RO"})
COMMANDS = frozenset({*BY_SOURCE, *BY_SHA, b"SCRIPT", b"FCALL", b"FCALL_RO"})

Steps = Generator[Plan, Any, Any]


class Sources:
    """The scripts that this process has seen; SHA1s do not depend on the server."""

    def __init__(self, risky: Callable[[bytes], bool]) -> None:
        self._risky = risky
        self._sources: OrderedDict[bytes, bytes] = OrderedDict()
        self._shas: dict[bytes, bytes] = {}
        self._harmless: set[bytes] = set()
        self._lock = threading.Lock()

    def learn(self, source: bytes) -> bytes:
        """Remembers a source; returns its SHA1 as redis writes it."""
        with self._lock:
            sha = self._shas.get(source)
            if sha is not None:
                self._sources.move_to_end(sha)
                return sha
            sha = hashlib.sha1(source, usedforsecurity=False).hexdigest().encode()
            self._shas[source] = sha
            self._sources[sha] = source
            if not self._risky(source):
                self._harmless.add(sha)
            if len(self._sources) > KEPT:
                old, forgotten = self._sources.popitem(last=False)
                del self._shas[forgotten]
                self._harmless.discard(old)
            return sha

    def lane(self, sha: bytes) -> Lane:
        """PLAIN, unless the source is known to be harmless: a reply that only RESP3 has would end
        the process.
        """
        return Lane.SHARED if sha in self._harmless else Lane.PLAIN


class Scripts:
    """One server's scripts, as one pool of connections knows them."""

    def __init__(self, sources: Sources, loaded: Callable[[], None]) -> None:
        self._sources = sources
        self._count_load = loaded
        self._at_server: set[bytes] = set()
        self._loading: set[bytes] = set()

    def learn(self, source: bytes) -> None:
        """A script that is going to be used, as ``register_script`` announces it."""
        self._sources.learn(source)

    def concerns(self, plan: Plan) -> bool:
        """Whether ``steps`` is to be asked how this plan travels."""
        return plan.words[0].upper() in COMMANDS

    def placed(self, plan: Plan) -> Plan:
        """The same plan on the lane where its reply is safe; for a pipeline, which keeps its
        commands as they are.
        """
        word, words = plan.words[0].upper(), plan.words
        if word in BY_SOURCE and len(words) > 1:
            return plan._replace(lane=self._sources.lane(self._sources.learn(words[1])))
        if word in BY_SHA and len(words) > 1:
            return plan._replace(lane=self._sources.lane(words[1].lower()))
        if word in (b"FCALL", b"FCALL_RO"):
            return plan._replace(lane=Lane.PLAIN)
        return plan

    def steps(self, plan: Plan) -> Steps:
        """Yields the plans to send, is sent GLIDE's replies (or thrown its errors), returns the
        last reply.
        """
        word, words = plan.words[0].upper(), plan.words
        if word in BY_SOURCE and len(words) > 1:
            return (yield from self._eval(word, self.placed(plan)))
        if word == b"SCRIPT":
            return (yield from self._script(plan))
        return (yield self.placed(plan))

    def _eval(self, word: bytes, plan: Plan) -> Steps:
        source = plan.words[1]
        sha = self._sources.learn(source)
        if sha in self._at_server and len(source) >= SHORT:
            by_sha = route([BY_SOURCE[word], sha, *plan.words[2:]])
            try:
                return (yield plan._replace(native=by_sha.native))
            except GlideError as error:
                if "NoScript" not in str(error):
                    raise
                self._at_server.discard(sha)
        self._count_load()
        try:
            reply = yield plan
        except GlideError as error:
            # a script that compiles and then fails is at the server all the same
            if "Error compiling script" not in str(error):
                self._at_server.add(sha)
            raise
        self._at_server.add(sha)
        return reply

    def _script(self, plan: Plan) -> Steps:
        what = plan.words[1].upper() if len(plan.words) > 1 else b""
        if what == b"FLUSH":
            self._at_server.clear()
        if what != b"LOAD" or len(plan.words) != 3:
            return (yield plan)
        sha = self._sources.learn(plan.words[2])
        if sha in self._at_server or sha in self._loading:
            # many callers who meet NOSCRIPT together would each send the source
            exists = Native(RequestType.ScriptExists, [sha])
            if (yield plan._replace(native=exists)) in ([True], [1]):
                return sha
        self._loading.add(sha)
        try:
            self._count_load()
            reply = yield plan
            self._at_server.add(sha)
        finally:
            self._loading.discard(sha)
        return reply

    def forget_server(self) -> None:
        """Another server, or the same one after a restart: nothing is taken to be there."""
        self._at_server.clear()
