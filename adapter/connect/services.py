"""Clients of what Sentinel watches: the half of Sentinel that is the same awaited or not."""

from __future__ import annotations

from typing import Any


class Services:
    """Mixed into redis-py's Sentinel: its clients are ours, unless other classes are asked for."""

    client_class: Any
    pool_class: Any

    def master_for(
        self,
        service_name: str,
        redis_class: Any = None,
        connection_pool_class: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A client of whichever server is the master."""
        classes = self._classes(redis_class, connection_pool_class)
        # redis-py's Sentinel comes behind this half
        return super().master_for(service_name, *classes, **kwargs)  # type: ignore[misc]

    def slave_for(
        self,
        service_name: str,
        redis_class: Any = None,
        connection_pool_class: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A client of one of the replicas, or of the master if there is none."""
        classes = self._classes(redis_class, connection_pool_class)
        # as above
        return super().slave_for(service_name, *classes, **kwargs)  # type: ignore[misc]

    def replica_for(
        self,
        service_name: str,
        redis_class: Any = None,
        connection_pool_class: Any = None,
        **kwargs: Any,
    ) -> Any:
        """As ``slave_for``."""
        return self.slave_for(service_name, redis_class, connection_pool_class, **kwargs)

    def _classes(self, redis_class: Any, connection_pool_class: Any) -> tuple[Any, Any]:
        return redis_class or self.client_class, connection_pool_class or self.pool_class
