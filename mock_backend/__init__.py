"""A Redis/Valkey server in pure Python, for tests: any client can talk to it, GLIDE above all."""

from mock_backend.cluster import MockCluster, MockNode
from mock_backend.kernel.clock import VirtualClock
from mock_backend.server import MockServer

__all__ = ["MockCluster", "MockNode", "MockServer", "VirtualClock"]
