"""What a figure depends on: the versions of everything, the machine's cores, how busy it was."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.servers import find_program

PACKAGES: Final = (
    "redis", "hiredis", "valkey-glide", "valkey-glide-sync", "fakeredis", "lupa", "bullmq", "rq",
    "huey", "uvloop",
)  # fmt: skip


def described(servers: Iterable[str]) -> dict[str, str]:
    """Names and versions; nothing that tells whose machine it is."""
    found = {
        "cores": f"{os.cpu_count()} ({processor()})",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    for name in servers:
        found[f"{name}-server"] = version_of(f"{name}-server")
    return found


def load() -> str:
    """How many processes want to run: more than there are cores, and figures are noise."""
    return f"{os.getloadavg()[0]:.1f} before"


def processor() -> str:
    """Its model, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def version_of(program: str) -> str:
    """``7.0.15`` of ``Redis server v=7.0.15 sha=...``."""
    words = [find_program(program), "--version"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return next((word[2:] for word in told.split() if word.startswith("v=")), told.strip())
