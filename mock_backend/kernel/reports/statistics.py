"""What a server counts of itself; INFO prints it.

What is counted of single commands and of keys stands with them (``Command``, ``Keyspace``).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Statistics:
    """The counters of one server."""

    started_ms: int
    saved_ms: int
    """When the data were last said to be saved; at first, when the server began."""
    saves: int = 0
    rewrites: int = 0
    """How often an append-only file was said to be rewritten."""
    sanitized: int = 0
    """Small containers in payloads that were checked in depth."""
    forks: int = 0
    """What a real server would have done in another process."""
    dirty_when_saved: int = 0
    peak_sessions: int = 0
    peak_memory: int = 0
    connections: int = 0
    rejected_sessions: int = 0
    evicted: int = 0
    evicted_sessions: int = 0
    output_limited: int = 0
    query_limited: int = 0
    """Clients that were dropped: for the memory of all, for not reading, for a request too long."""
    bytes_in: int = 0
    bytes_out: int = 0
    """What sessions that are gone have received and been sent."""
    errors_by_code: dict[str, int] = field(default_factory=dict)
    denied: dict[str, int] = field(default_factory=dict)
    """How often access was denied, by the reason that ACL LOG gives."""

    def count_error(self, code: str) -> None:
        """An error reply was given."""
        code = code.rstrip(" ")  # an error with nothing behind its code may keep the blank
        self.errors_by_code[code] = self.errors_by_code.get(code, 0) + 1

    def deny(self, reason: str) -> None:
        """Access was denied."""
        self.denied[reason] = self.denied.get(reason, 0) + 1

    def reset(self) -> None:
        """CONFIG RESETSTAT; peaks and denials stay."""
        self.saves = self.rewrites = self.forks = self.sanitized = 0
        self.connections = self.rejected_sessions = self.evicted = 0
        self.evicted_sessions = self.output_limited = self.query_limited = 0
        self.bytes_in = self.bytes_out = 0
        self.errors_by_code.clear()
