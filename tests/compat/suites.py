"""The suites: which release of which library, where its tests are, and what they need.

A release is fetched by pip into ``.compat`` and unpacked there; nothing of it is ours.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".compat"


@dataclass(frozen=True)
class Suite:
    """One library's tests."""

    library: str
    version: str
    tests: str
    """The folder of its tests, within the release."""
    needs: tuple[str, ...] = ()
    """What the tests import besides the library and redis-py."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Test -> why it says nothing about a client; left out of all runs."""

    @property
    def folder(self) -> Path:
        """Where the release is unpacked."""
        return CACHE / f"{self.library}-{self.version}"

    @property
    def imports(self) -> Path:
        """Where what it needs is installed."""
        return CACHE / f"{self.library}-needs"

    def fetch(self) -> None:
        """Fetches the release and what its tests need, unless they are there."""
        if not self.folder.exists():
            release = f"{self.library}=={self.version}"
            _pip("download", "--no-deps", "--no-binary", self.library, "-d", str(CACHE), release)
            with tarfile.open(CACHE / f"{self.library}-{self.version}.tar.gz") as archive:
                archive.extractall(CACHE, filter="data")
        if self.needs and not self.imports.exists():
            _pip("install", "--target", str(self.imports), *self.needs)


def _pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        check=True,
    )


SUITES = {
    "rq": Suite("rq", "3.0.0", "tests", needs=("psutil==7.1.3",)),
    "huey": Suite(
        "huey",
        "3.5.4",
        "huey/tests",
        left_out={
            "huey/tests/test_storage.py::TestValkeyGlideStorage": "it talks to GLIDE by itself",
        },
    ),
}
