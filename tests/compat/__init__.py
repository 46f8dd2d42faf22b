"""The queue libraries' own test suites, on redis-py and on the adapter (``make compat``)."""
