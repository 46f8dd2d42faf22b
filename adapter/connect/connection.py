"""A connection as ``connection_pool.get_connection()`` hands it out, to be driven by hand.

It holds a GLIDE client of its own: ``send_command`` runs the command, ``read_response`` tells
what came of it, in order.  There is no socket underneath, and no MULTI by hand; ``pipeline()`` is
the way to both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from glide_shared.exceptions import GlideError

from adapter.connect.by_hand import ByHand
from adapter.connect.lanes import Held
from adapter.connect.sender import Sender
from adapter.translate import flow
from adapter.translate.plan import Plan


class GlideConnection(ByHand):
    """What redis-py's ``Connection`` is to callers who send and read for themselves."""

    _sender: Sender
    _borrowed: Held | None

    def __init__(self, pool: Any) -> None:
        super().__init__(pool, pool.sender)

    @property
    def is_connected(self) -> bool:
        """Whether it holds a GLIDE client that works."""
        return self._borrowed is not None and self._sender.lanes.alive(self._borrowed.client)

    def connect(self) -> None:
        """Takes a client, if it has none."""
        if not self.is_connected:
            self._borrowed = self._sender.lanes.borrow()
            self._told(self._borrowed.settings)

    def disconnect(self, *args: Any, **options: Any) -> None:
        """Lets go of the client, and of what was not read."""
        self._let_go()

    def send_command(self, *args: Any, **options: Any) -> None:
        """Runs one command; with ``check_health=False`` whether or not the server is known to be
        there.
        """
        self.connect()
        if options.get("check_health", True):
            self.check_health()
        plan = flow.plan_for_resp2(args, self.encoder)
        try:
            reply = self._performed(plan)
        except GlideError as error:
            reply = error
        self._answers.append((plan, reply))

    def _performed(self, plan: Plan) -> Any:
        assert self._borrowed is not None
        return self._sender.one(self._borrowed.client, plan.native, limited=True)

    def send_packed_command(self, command: Iterable[Any], check_health: bool = True) -> None:
        """Runs what ``pack_command`` or ``pack_commands`` has made."""
        for args in command:
            self.send_command(*args)

    def can_read(self, timeout: float = 0) -> bool:
        """Whether a reply has not been read yet."""
        return bool(self._answers)

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:
        """The reply to the oldest command that has not been read; an error is raised."""
        return self._read(disable_decoding)

    def check_health(self) -> None:
        """Sends a PING, if nothing was heard for ``health_check_interval`` seconds."""
        if self.in_doubt:
            self.send_command("PING", check_health=False)
            self.read_response()

    def re_auth(self) -> None:
        """Nothing to do: credentials are asked for whenever a connection is opened."""


class OwnConnection(GlideConnection):
    """The ``connection`` of a client with ``single_connection_client``: what is sent by hand takes
    the way of the client's own commands.
    """

    @property
    def is_connected(self) -> bool:
        """Whether the client's connection is open."""
        return self._sender.lanes.opened("shared") is not None

    def connect(self) -> None:
        """Opens it, unless it is open.  Errors: redis.exceptions."""
        if not self.is_connected:
            lanes = self._sender.lanes
            self.retry.call_with_retry(lanes.shared, lambda error: lanes.doubt())
            self._told(lanes.settings)

    def disconnect(self, *args: Any, **options: Any) -> None:
        """Closes it; the next command opens another."""
        self._let_go()
        self._sender.lanes.renew()

    def _performed(self, plan: Plan) -> Any:
        return self._sender.send(plan)
