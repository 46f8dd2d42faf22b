"""A cluster in this process: several servers in one event loop."""

from mock_backend.cluster.cluster import MockCluster
from mock_backend.cluster.migration import Migration
from mock_backend.cluster.node import ClusterError, MockNode

__all__ = ["ClusterError", "Migration", "MockCluster", "MockNode"]
