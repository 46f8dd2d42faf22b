"""Random draws with repetitions: the count is anybody's, and so is the size of the reply.

The server goes on drawing until its memory or the client's output limit ends; here what would be
beyond the limit is not drawn at all, and without a limit there is an end some time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context

_LARGEST: Final = 1 << 30
_AROUND: Final = len(b"$0\r\n\r\n")


def overflows(ctx: Context, count: int, names: Collection[bytes]) -> bool:
    """Whether ``-count`` of these names are too much for the client, which is dropped then.

    Errors: ``value is out of range``, where the server would go on until its memory is exhausted.
    """
    if -count <= len(names):
        return False
    size = -count * (_AROUND + min(map(len, names)))
    if ctx.kernel.limits.overflows(ctx.session, size):
        return True
    if size > _LARGEST:
        raise errors.out_of_range()
    return False
