"""dump.rdb: where the data are kept between two lives of a server, if it was given a folder.

Where it lies is asked of the configuration each time, as ``dir`` and ``dbfilename`` may change.
"""

from __future__ import annotations

import os
from pathlib import Path

from mock_backend.kernel.kernel import Kernel
from mock_backend.store.rdb.form import Corrupt


class DumpFile:
    """The file of one server."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def attach(self, path: Path) -> None:
        """From now on what is saved is written there.  What is there already is loaded.

        Errors: ``OSError``; ``ValueError``, if it is no file of this format.
        """
        config, persistence = self._kernel.config, self._kernel.persistence
        config.state("dir", path.parent.resolve())
        config.state("dbfilename", path.name)
        if path.exists():
            try:
                persistence.load(path.read_bytes())
            except Corrupt as corrupt:
                raise ValueError(f"{path} cannot be loaded: {corrupt}") from None
        persistence.keep = self._write

    @property
    def _path(self) -> Path:
        config = self._kernel.config
        return Path(config.text("dir")) / config.text("dbfilename")

    def _write(self, data: bytes) -> None:
        """The old file stays until the new one is complete."""
        path = self._path
        beside = path.with_name(f"temp-{os.getpid()}.rdb")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
