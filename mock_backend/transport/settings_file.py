"""redis.conf on the disk: read once when the server starts, written again by CONFIG REWRITE."""

from __future__ import annotations

import os
from pathlib import Path

from mock_backend.kernel.configuration.directives import rewritten
from mock_backend.kernel.kernel import Kernel


def attach(kernel: Kernel, path: Path) -> None:
    """From now on CONFIG REWRITE writes this file."""
    whole = path.resolve()

    def write(everything: bool) -> None:
        text = whole.read_bytes() if whole.exists() else b""
        beside = whole.with_name(f"{whole.name}.{os.getpid()}.tmp")
        try:
            beside.write_bytes(rewritten(text, kernel, everything=everything))
            beside.replace(whole)
        finally:
            beside.unlink(missing_ok=True)

    kernel.config.rewrite = write
    kernel.config.file = str(whole)
