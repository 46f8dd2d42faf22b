"""The table of keywords in docs/CONNECTING.md, written from the adapter's own:

python -m tests.keyword_table
"""

from __future__ import annotations

from pathlib import Path

from adapter.connect.options import KEYWORDS

DOCUMENT = Path(__file__).parent.parent / "docs" / "CONNECTING.md"
BEGIN, END = "<!-- keywords -->\n", "<!-- end of keywords -->\n"


def table() -> str:
    """One row for each keyword, in the order of the adapter's table."""
    rows = ["| keyword | what becomes of it | how |", "| --- | --- | --- |"]
    rows += [f"| `{name}` | {word.fate.value} | {word.why} |" for name, word in KEYWORDS.items()]
    return "\n".join(rows) + "\n"


def written() -> str:
    """The document as it is."""
    return DOCUMENT.read_text("utf-8")


def document() -> str:
    """The document with the table as it must be."""
    before, _, rest = written().partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
