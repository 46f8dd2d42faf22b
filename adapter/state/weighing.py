"""How many bytes of reply a command will bring, judged by what its sort has brought before.

A batch's replies arrive together, and the event loop does nothing else while they are read: 500
values of 100 KB take longer than anybody beside them likes to wait.  How long the replies are is
known only afterwards, so the first commands of a sort leave in small batches, and of each batch the
first and the last reply are weighed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, repeat
from typing import Any

from glide_shared.request_type import RequestType

from adapter.translate.plan import CUSTOM

UNKNOWN = 64 * 1024
"""What is expected of a sort that has never been heard of."""
SHORT = 16
"""What is expected of numbers and statuses."""
LOOKED_AT = 8
"""So many elements of a reply are weighed, and stand for the others."""

BULKY = frozenset(
    (
        CUSTOM,
        *(RequestType.Get, RequestType.GetDel, RequestType.GetEx, RequestType.GetRange),
        *(RequestType.MGet, RequestType.LCS, RequestType.Dump),
        *(RequestType.HGet, RequestType.HGetAll, RequestType.HGetEx, RequestType.HMGet),
        *(RequestType.HKeys, RequestType.HVals, RequestType.HRandField, RequestType.HScan),
        *(RequestType.LIndex, RequestType.LRange, RequestType.LPop, RequestType.RPop),
        *(RequestType.LMove, RequestType.LMPop, RequestType.Sort, RequestType.SortReadOnly),
        *(RequestType.SMembers, RequestType.SDiff, RequestType.SInter, RequestType.SUnion),
        *(RequestType.SPop, RequestType.SRandMember, RequestType.SScan, RequestType.Scan),
        *(RequestType.ZRange, RequestType.ZRangeByLex, RequestType.ZRangeByScore),
        *(RequestType.ZRevRange, RequestType.ZRevRangeByLex, RequestType.ZRevRangeByScore),
        *(RequestType.ZDiff, RequestType.ZInter, RequestType.ZUnion, RequestType.ZRandMember),
        *(RequestType.ZPopMax, RequestType.ZPopMin, RequestType.ZScan, RequestType.GeoSearch),
        *(RequestType.XRange, RequestType.XRevRange, RequestType.XRead, RequestType.XReadGroup),
        *(RequestType.XClaim, RequestType.XAutoClaim, RequestType.XPending),
        *(RequestType.EvalReadOnly, RequestType.EvalShaReadOnly),
        *(RequestType.FCall, RequestType.FCallReadOnly),
        *(RequestType.JsonGet, RequestType.JsonMGet, RequestType.JsonArrPop),
        *(RequestType.FtSearch, RequestType.FtAggregate),
    )
)
"""The sorts whose replies may be of any length; those of all others are short."""


class Weights:
    """What one set of connections has seen."""

    def __init__(self) -> None:
        self._expected: dict[int, float] = dict.fromkeys(BULKY, UNKNOWN)
        self.of = self._expected.get
        """``of(request_type, SHORT)``: the bytes that are expected."""

    def exceed(self, most: int, types: Sequence[int]) -> bool:
        """Whether more bytes than ``most`` are expected in reply to requests of these types."""
        if max(map(self.of, {*types}, repeat(SHORT)), default=0) * len(types) <= most:
            return False
        return sum(map(self.of, types, repeat(SHORT))) > most

    def learn(self, request_type: int, reply: Any) -> None:
        """A reply has come: longer ones are believed at once, shorter ones by and by."""
        expected = self._expected.get(request_type)
        if expected is None:
            return
        seen = SHORT + len(reply) if type(reply) is bytes else weight(reply)
        if seen >= expected or expected == UNKNOWN:
            self._expected[request_type] = seen
        else:
            self._expected[request_type] = (expected + seen) / 2


def weight(reply: Any) -> float:
    """About how many bytes a reply has."""
    if isinstance(reply, bytes):
        return SHORT + len(reply)
    if isinstance(reply, dict):
        return SHORT + _many(reply.keys(), len(reply)) + _many(reply.values(), len(reply))
    if isinstance(reply, (list, set)):
        return SHORT + _many(reply, len(reply))
    return SHORT


def _many(elements: Iterable[Any], count: int) -> float:
    looked_at = [weight(element) for element in islice(elements, LOOKED_AT)]
    return sum(looked_at) / len(looked_at) * count if looked_at else 0.0
