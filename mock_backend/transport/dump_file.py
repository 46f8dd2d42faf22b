"""dump.rdb: where the data are kept between two lives of a server, if it was given a folder.

Where it lies is asked of the configuration each time, as ``dir`` and ``dbfilename`` may change.
"""

from __future__ import annotations

import os
from pathlib import Path

from mock_backend.kernel.kernel import Kernel


class DumpFile:
    """The file of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def attach(self) -> None:
        """From now on what is saved is written.  What is there already is loaded.

        Errors: ``OSError``; ``Corrupt``, if it is no file of this format.
        """
        persistence = self._kernel.persistence
        path = self._path
        if path.exists():
            persistence.load(path.read_bytes())
        persistence.keep = self._write

    @property
    def _path(self) -> Path:
        config = self._kernel.config
        return Path(config.text("dir")) / config.text("dbfilename")

    def _write(self, data: bytes) -> None:
        """The old file stays until the new one is complete."""
        path = self._path
        beside = path.with_name(f"temp-{os.getpid()}.rdb")
        beside.write_bytes(data)
        beside.replace(path)
