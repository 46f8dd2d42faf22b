"""``python -m benchmarks``: every benchmark, one table each."""

from __future__ import annotations

from benchmarks import mock_throughput

if __name__ == "__main__":
    mock_throughput.main()
