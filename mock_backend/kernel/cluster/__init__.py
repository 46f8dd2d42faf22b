"""What one server knows as a node of a cluster, and which calls it sends elsewhere."""
