"""``python -m benchmarks.fakeredis_server PORT``: fakeredis behind a socket, to be measured beside
the bundled server.
"""

from __future__ import annotations

import sys

from fakeredis import TcpFakeServer

if __name__ == "__main__":
    TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis").serve_forever()
