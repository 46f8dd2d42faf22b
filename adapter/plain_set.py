"""``set(name, value)`` on a shorter way: redis-py's own takes longer to find that none of its many
options is there than all the rest of the call takes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def shortened(theirs: Method) -> Method:
    """redis-py's method ``set``; without options the command is sent straight away."""

    @functools.wraps(theirs)
    def set(self: Any, name: Any, value: Any, *more: Any, **options: Any) -> Any:
        if more or options:
            return theirs(self, name, value, *more, **options)
        return self.execute_command("SET", name, value)

    return set  # type: ignore[return-value]
