"""redis-py's own functions, with other classes under the names that they look up.

redis-py's cluster makes its node managers, nodes and connections by the names of its module.  A
function that is *rebound* is the same code in another namespace: nothing of redis-py is copied and
nothing of it is changed.
"""

from __future__ import annotations

import functools
from types import CellType, FunctionType
from typing import Any


def rebound(function: Any, **names: Any) -> Any:
    """``function`` as if its module had these names; decorators around it stay."""
    inner = getattr(function, "__wrapped__", None)
    if inner is None:
        namespace, cells = {**function.__globals__, **names}, function.__closure__
    else:
        fresh = CellType(rebound(inner, **names))
        namespace = function.__globals__
        cells = tuple(
            fresh if cell.cell_contents is inner else cell for cell in function.__closure__ or ()
        )
    copy = FunctionType(
        function.__code__, namespace, function.__name__, function.__defaults__, cells
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    again = functools.update_wrapper(copy, function)
    if inner is not None:
        again.__wrapped__ = fresh.cell_contents
    else:
        vars(again).pop("__wrapped__", None)
    return again
