"""Replication: the role of a server, whom it follows, and what replicas are told."""
