"""The README's examples, run: what they print is what stands beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.targets import Server

README = (Path(__file__).parent.parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_examples_print_what_stands_beside_them(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, as a reader would type them; clients go to this test's server."""
    here = f"host={server.host!r}, port={server.port}, "
    names: dict[str, Any] = {}
    assert len(EXAMPLES) == 5
    for example in EXAMPLES:
        source = example.replace('host="localhost", port=6379, ', "").replace(
            ".Redis(", f".Redis({here}"
        )
        exec(source, names)
        promised = re.findall(r"^ *print\(.*?\) +# (.*)$", example, re.MULTILINE)
        printed = capsys.readouterr().out.splitlines()
        assert printed[: len(promised)] == promised
        if "r" in names:
            names.pop("r").close()
