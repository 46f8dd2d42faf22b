"""The parameters of CONFIG GET and SET: their names, types, defaults and what changing them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel


class Config:
    """The parameters of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
