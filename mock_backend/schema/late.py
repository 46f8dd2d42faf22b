"""Functions that are made when they are first called.

A server has 370 commands, each with a binder that is compiled; of most a test never asks anything.
Compiling them all took a quarter of the time in which this package is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

Function = Callable[..., Any]


class Late:
    """Stands for the function that ``make`` returns, which is asked once."""

    __slots__ = ("_function", "_make")

    def __init__(self, make: Callable[[], Function]) -> None:
        self._make = make
        self._function: Function | None = None

    def made(self) -> Function:
        """The function itself."""
        if self._function is None:
            self._function = self._make()
        return self._function

    def __call__(self, *arguments: Any) -> Any:
        return self.made()(*arguments)


def within(wrapper: Callable[[Any], Function], function: Function) -> Late:
    """``wrapper(function)``, made when it is first called."""
    return Late(lambda: wrapper(made(function)))


def made(function: Function) -> Function:
    """What ``function`` stands for, if for anything but itself."""
    return function.made() if isinstance(function, Late) else function


def settling(owner: object, name: str) -> None:
    """From the first call of ``owner.name`` on it is the function itself, and costs no more."""
    function = getattr(owner, name)
    if isinstance(function, Late):
        known = function._function
        setattr(owner, name, known or partial(_first, owner, name, function))


def _first(owner: object, name: str, function: Late, *arguments: Any) -> Any:
    itself = function.made()
    setattr(owner, name, itself)
    return itself(*arguments)
