"""``python -m benchmarks [throughput|scripts|growth|fan-out|clients] ...``: one benchmark, its
options behind its name; without a name the throughput.
"""

from __future__ import annotations

import sys

from benchmarks import fan_out, growth, many_clients, mock_throughput, scripts

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["growth", *options]:
            growth.main(options)
        case ["clients", *options]:
            many_clients.main(options)
        case ["fan-out", *options]:
            fan_out.main(options)
        case ["scripts", *options]:
            scripts.main(options)
        case ["throughput", *options]:
            mock_throughput.main(options)
        case options:
            mock_throughput.main(options)
