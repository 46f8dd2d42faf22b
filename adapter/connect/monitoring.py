"""MONITOR, on the client that GLIDE has for it, in the shape of redis-py's dicts."""

from __future__ import annotations

import queue
import threading
from typing import Any

from glide_shared.commands.core_options import MonitorMsg
from glide_shared.config import GlideClientConfiguration
from glide_sync.monitor_client import MonitorClient
from redis.exceptions import TimeoutError

from adapter.connect.knock import knock
from adapter.connect.options import Settings, configuration
from adapter.translate import errors

POLL_SECONDS = 0.2
"""How long a wait for the next command is deaf to Ctrl-C."""


class Monitored:
    """One running MONITOR."""

    def __init__(self, client: MonitorClient) -> None:
        self._client = client

    def next(self) -> dict[str, Any]:
        """Waits for the next command."""
        while True:
            if (message := self._client.get_monitor_message(POLL_SECONDS)) is not None:
                return described(message)

    def poll(self) -> dict[str, Any] | None:
        """The next command, if it has come already."""
        message = self._client.try_get_monitor_message()
        return None if message is None else described(message)

    def close(self) -> None:
        """Stops monitoring."""
        self._client.close()


def watch_commands(settings: Settings) -> Monitored:
    """Starts MONITOR on a connection of its own.  Errors: as ``knock``, and what the server says of
    MONITOR.
    """
    knock(settings)
    wanted = configuration(settings)
    wanted.lazy_connect = False
    outcome: queue.SimpleQueue[MonitorClient | BaseException] = queue.SimpleQueue()
    threading.Thread(target=_start, args=(wanted, outcome), daemon=True).start()
    try:
        started = outcome.get(timeout=settings.socket_timeout)
    except queue.Empty:
        raise TimeoutError(f"{errors.READING_TIMED_OUT}socket") from None
    if isinstance(started, RuntimeError):  # not one of GLIDE's own classes
        raise errors.not_monitoring(started) from started
    if isinstance(started, BaseException):
        raise errors.translate(started) from started
    return Monitored(started)


def _start(
    wanted: GlideClientConfiguration, outcome: queue.SimpleQueue[MonitorClient | BaseException]
) -> None:
    """GLIDE waits for a server that does not answer MONITOR as long as that takes: in a thread of
    its own.
    """
    try:
        outcome.put(MonitorClient.create(wanted))
    except BaseException as error:  # whatever it is, the caller raises it
        outcome.put(error)


def described(message: MonitorMsg) -> dict[str, Any]:
    """``time db client_address client_port client_type command``, as redis-py reads them off the
    line.
    """
    address = message.client_addr
    if address == "lua":
        host, port, kind = "lua", "", "lua"
    elif address.startswith("unix"):
        host, port, kind = "unix", address[5:], "unix"
    elif not address:
        host, port, kind = "", "", "unknown"
    else:
        (host, _, port), kind = address.rpartition(":"), "tcp"
    return {
        "time": message.timestamp,
        "db": message.db,
        "client_address": host,
        "client_port": port,
        "client_type": kind,
        "command": " ".join(map(_escaped, [message.command, *message.args])),
    }


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b"}


def _escaped(word: str) -> str:
    """A word as the server prints it (sds.c, sdscatrepr); quotes as redis-py leaves them."""
    return "".join(_ESCAPES.get(character, character) for character in word)
