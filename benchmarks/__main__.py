"""``python -m benchmarks [throughput|growth] ...``: one benchmark, its options behind its name;
without a name the throughput.
"""

from __future__ import annotations

import sys

from benchmarks import growth, mock_throughput

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["growth", *options]:
            growth.main(options)
        case ["throughput", *options]:
            mock_throughput.main(options)
        case options:
            mock_throughput.main(options)
