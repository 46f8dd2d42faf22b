"""Lua scripts: which sources are known, which of them the server has, and how an EVAL then
travels.

A script's source crosses the wire once for each server: after that its EVAL goes as EVALSHA, and
as EVAL again should the server have forgotten it.  That is found out by asking: alone an EVALSHA
may fail and be repeated, in a pipeline nothing may, so there SCRIPT EXISTS goes ahead.  What the
caller sees is redis's own: an EVALSHA of his own with a SHA1 that the server does not have raises
NoScriptError, and redis-py's ``Script`` objects load and try again by themselves.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType

from adapter.translate.encoding import Encoder
from adapter.translate.plan import CUSTOM, Lane, Native, Plan, natives_of, types_of
from adapter.translate.routes import route

KEPT = 1_000
"""Sources that are remembered; the one that was used longest ago goes first."""
SHORT = 41
"""A source up to the length of a SHA1 is sent as it is: EVALSHA would save nothing."""

BY_SOURCE = {b"EVAL": b"EVALSHA", b"EVAL_RO": b"EVALSHA_RO"}
BY_SHA = frozenset({b"EVALSHA", b"EVALSHA_RO"})
EVALSHA: int = CUSTOM
"""The request type of that command."""
_SHARED = Lane.SHARED
"""Asked for with every call of a script; Python 3.11 takes 0.3 us to find it in the enumeration."""
_OF_EVALS = frozenset((CUSTOM, RequestType.EvalReadOnly))
"""The request types of ``BY_SOURCE``; most commands of a pipeline have others."""

NO_SCRIPT = "NoScriptError: No matching script"
"""How GLIDE tells of the server's own NOSCRIPT; a script may raise errors with any other text."""
TRIES = 3
"""How often an EVALSHA is repeated because somebody else has just sent the source."""

Steps = Generator[Plan, Any, Any]
Sending = Generator[Any, Any, Any]
"""Yields single plans, and lists of requests that are to travel as one batch."""


class Sources:
    """The scripts that this process has seen; SHA1s do not depend on the server."""

    def __init__(self, lane_of: Callable[[bytes], Lane]) -> None:
        self._lane_of = lane_of
        self._sources: OrderedDict[bytes, bytes] = OrderedDict()
        self._shas: dict[bytes, bytes] = {}
        self._lanes: dict[bytes, Lane] = {}
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
            self._lanes[sha] = self._lane_of(source)
            if len(self._sources) > KEPT:
                old, forgotten = self._sources.popitem(last=False)
                del self._shas[forgotten]
                del self._lanes[old]
            return sha

    def lane(self, sha: bytes) -> Lane:
        """PLAIN, unless the source is known and proven harmless: a reply that only RESP3 has could
        end the process.
        """
        return self._lanes.get(sha, Lane.PLAIN)

    def shares(self, sha: bytes) -> bool:
        """Whether that is SHARED, for a name in small letters."""
        return self._lanes.get(sha) is _SHARED


class Scripts:
    """One server's scripts, as one pool of connections knows them."""

    def __init__(self, sources: Sources, loaded: Callable[[], None]) -> None:
        self._sources = sources
        self.is_harmless = sources.shares
        """Whether a script is known, and its reply safe on everybody's connection: so are nearly
        all."""
        self._count_load = loaded
        self._numbers = itertools.count(1)
        self._sent: dict[bytes, int] = {}
        """Whose source is at the server or on its way there, and the number of that sending."""

    def learn(self, source: bytes) -> None:
        """A script that is going to be used, as ``register_script`` announces it."""
        self._sources.learn(source)

    def request_of(self, args: Sequence[Any], encoder: Encoder) -> Native | None:
        """As ``flow.request_of``, for what ``shares``; its reply is undone by ``raw.deep``."""
        if type(args[0]) is not str or args[0] != "EVALSHA" or len(args) < 2:
            return None
        words = encoder.words(args[1:], (b"EVALSHA",))
        return (EVALSHA, words) if self._sources.shares(words[1]) else None

    def shares(self, plan: Plan) -> bool:
        """Whether it is of a script that is called by its SHA1, as redis-py writes that, and whose
        reply is safe on everybody's connection: so are nearly all.
        """
        words = plan.words
        return words[0] in BY_SHA and len(words) > 1 and self._sources.shares(words[1])

    def direct(self, plan: Plan) -> Plan | None:
        """The plan as it travels, if it needs no more than one step whatever the server says."""
        words = plan.words
        asks = words[0].upper() == b"SCRIPT" or _has_source(plan)
        return None if asks else self.placed(plan)

    def asks(self, plans: Sequence[Plan]) -> bool:
        """Whether the way of a pipeline begins with a question: its two turns belong together."""
        return any(
            self._sources.learn(plan.words[1]) in self._sent for plan in _evals(plans).values()
        )

    def placed(self, plan: Plan) -> Plan:
        """The same plan on the lane where its reply is safe."""
        word, words = plan.words[0].upper(), plan.words
        if word in BY_SOURCE and len(words) > 1:
            return plan.on(self._sources.lane(self._sources.learn(words[1])))
        if word in BY_SHA and len(words) > 1:
            return plan.on(self._sources.lane(words[1].lower()))
        if word in (b"FCALL", b"FCALL_RO"):
            return plan.on(Lane.PLAIN)
        return plan.on(Lane.SHARED) if plan.lane is Lane.SCRIPT else plan

    def steps(self, plan: Plan) -> Steps:
        """Yields the plans to send, is sent GLIDE's replies (or thrown its errors), returns the
        last reply.
        """
        if _has_source(plan):
            return (yield from self._eval(self.placed(plan)))
        if plan.words[0].upper() == b"SCRIPT":
            return (yield from self._script(plan))
        return (yield self.placed(plan))

    def _eval(self, plan: Plan) -> Steps:
        sha = self._sources.learn(plan.words[1])
        for _ in range(TRIES):
            sent = self._sent.get(sha)
            if sent is None:
                break
            try:
                return (yield plan._replace(native=_by_sha(plan, sha)))
            except GlideError as error:
                if not _unknown(error):
                    raise
            if self._sent.get(sha) == sent:
                break  # nobody has sent it meanwhile
        self._sends(sha)
        try:
            return (yield plan)
        except GlideError as error:
            # a script that compiles and then fails is at the server all the same
            if "Error compiling script" in str(error):
                self._sent.pop(sha, None)
            raise

    def _script(self, plan: Plan) -> Steps:
        plan = self.placed(plan)
        if _flushes(plan):
            self._sent.clear()
        if not _loads(plan):
            return (yield plan)
        sha = self._sources.learn(plan.words[2])
        for _ in range(TRIES):
            sent = self._sent.get(sha)
            if sent is None:
                break
            # many callers who meet NOSCRIPT together would each send the source
            if (yield _exists([sha])) in ([True], [1]):
                return sha
            if self._sent.get(sha) == sent:
                break
        self._sends(sha)
        try:
            return (yield plan)
        except GlideError:
            self._sent.pop(sha, None)
            raise

    def pipelined(self, plans: Sequence[Plan]) -> Sending:
        """As ``steps``, for a pipeline, which is yielded as one list: each source is in it once,
        and not at all if the server has it.

        Somebody else may flush the scripts between the question and the pipeline; what was an
        EVAL is then NOSCRIPT, as redis-py's own scripts in pipelines are.
        """
        natives = natives_of(plans)
        evals = _evals(plans)
        replies: list[Any] | None
        if not evals:
            replies = yield natives
            return replies
        shas = {place: self._sources.learn(plan.words[1]) for place, plan in evals.items()}
        there = yield from self._there(shas.values())
        leaders: dict[bytes, int] = {}
        for place, plan in enumerate(plans):
            if _flushes(plan):
                there, leaders = set(), {}
            if place not in evals:
                continue
            sha = shas[place]
            if sha in there or sha in leaders:
                natives[place] = _by_sha(plan, sha)
            else:
                leaders[sha] = place
                self._sends(sha)
        replies = yield natives
        if replies:
            for place, sha in shas.items():
                reason = replies[leaders.get(sha, place)]
                if _unknown(replies[place]) and isinstance(reason, GlideError):
                    # the source never got there, and whoever carried it knows why
                    replies[place] = reason
        return replies

    def _there(self, shas: Iterable[bytes]) -> Generator[Plan, Any, set[bytes]]:
        """Which of these the server has, of those that were sent to it once."""
        asked = list(dict.fromkeys(sha for sha in shas if sha in self._sent))
        if not asked:
            return set()
        found = yield _exists(asked)
        return {sha for sha, there in zip(asked, found, strict=True) if there}

    def _sends(self, sha: bytes) -> None:
        self._count_load()
        self._sent[sha] = next(self._numbers)


def _has_source(plan: Plan) -> bool:
    """Whether it is an EVAL whose source is worth a SHA1."""
    words = plan.words
    return words[0].upper() in BY_SOURCE and len(words) > 1 and len(words[1]) >= SHORT


def _evals(plans: Sequence[Plan]) -> dict[int, Plan]:
    """Those whose source is worth a SHA1, by their place in a pipeline."""
    if _OF_EVALS.isdisjoint(types_of(natives_of(plans))):
        return {}
    return {
        place: plan
        for place, plan in enumerate(plans)
        if plan.native[0] in _OF_EVALS and _has_source(plan)
    }


def _unknown(reply: Any) -> bool:
    return isinstance(reply, GlideError) and NO_SCRIPT in str(reply)


def _loads(plan: Plan) -> bool:
    words = plan.words
    return len(words) == 3 and [word.upper() for word in words[:2]] == [b"SCRIPT", b"LOAD"]


def _flushes(plan: Plan) -> bool:
    return [word.upper() for word in plan.words[:2]] == [b"SCRIPT", b"FLUSH"]


def _by_sha(plan: Plan, sha: bytes) -> Native:
    return route([BY_SOURCE[plan.words[0].upper()], sha, *plan.words[2:]]).native


def _exists(shas: Sequence[bytes]) -> Plan:
    return route([b"SCRIPT", b"EXISTS", *shas])
