"""One GLIDE client that listens for one bridge: what it is asked, and whether it is still the same
connection.

The server is asked twice to subscribe.  GLIDE's own way makes it remember the names over a
reconnect, and tells nothing (a refusal it would repeat for ever, thousands of times a second); the
same words in a batch are answered, with the server's confirmation or its error.
The awaitable twin is ``async_listening``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from glide_shared.commands.batch import Batch
from glide_shared.commands.batch_options import BatchOptions
from glide_shared.exceptions import GlideError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError
from glide_shared.request_type import RequestType

from adapter.connect.knock import knock
from adapter.connect.sender import Sender
from adapter.connect.session import CLIENT_ID
from adapter.state.pubsub import Change
from adapter.translate.plan import Native

ASKED = {
    b"SUBSCRIBE": RequestType.Subscribe,
    b"PSUBSCRIBE": RequestType.PSubscribe,
    b"UNSUBSCRIBE": RequestType.Unsubscribe,
    b"PUNSUBSCRIBE": RequestType.PUnsubscribe,
}
"""In a batch, or alone: then GLIDE remembers, and does not wait."""
OPPOSITE = {b"SUBSCRIBE": b"UNSUBSCRIBE", b"PSUBSCRIBE": b"PUNSUBSCRIBE"}
PATIENCE_MS = 1000
"""How long a connection may take to say that it is still there."""


class Listening:
    """A listening connection; ended by ``end``, or with all others of its lanes."""

    def __init__(
        self, sender: Sender, heard: Callable[[Any, Any], None], dropped: Callable[[], None]
    ) -> None:
        self._sender = sender
        self._lanes = sender.lanes
        self.client = self._lanes.listening(heard, dropped)
        self._id: int | None = None
        self.on_replica = self._lanes.settings.replica
        """Then GLIDE never connects, and what is to be heard is heard elsewhere."""

    @property
    def alive(self) -> bool:
        """Whether it was not ended."""
        return self._lanes.alive(self.client)

    def end(self) -> None:
        """Listens no longer."""
        self._lanes.silence(self.client)

    def join(self, change: Change) -> None:
        """Returns once the server has confirmed all new names; if it refuses one, none is joined.

        Errors: GlideError, RedisError.
        """
        names = sorted(change.new)
        if names:
            self._lanes.single(self.client, (ASKED[change.command], names))
        try:
            self._id = self._ask(change) or self._id
        except BaseException:
            with suppress(GlideError):
                taken_back = (ASKED[OPPOSITE[change.command]], names)
                self._lanes.single(self.client, taken_back)
            raise

    def _ask(self, change: Change) -> int | None:
        """Returns the server's id of the connection, if it was not known."""
        unknown = [CLIENT_ID] if self._id is None else []
        replies = self._sender.batch(self.client, [*asking(change), *unknown], limited=True) or []
        raise_first(replies)
        return replies[-1] if unknown else None

    def leave(self, change: Change) -> None:
        """Returns once the server has let go.

        Errors: GlideError, RedisError.
        """
        if not change.new:
            # some servers refuse this
            self._ask(change)
            return
        client, names = self.client, set(change.new)
        leave: Callable[..., None] = (
            client.unsubscribe if change.command == b"UNSUBSCRIBE" else client.punsubscribe
        )
        self._lanes.call(client, leave, names, self._lanes.limit_ms)

    def ping(self, words: Sequence[bytes] = ()) -> None:
        """Returns once the server has answered.

        Errors: GlideError, RedisError.
        """
        if self.on_replica:
            return
        self._sender.one(self.client, pinging(words), limited=True)

    def interrupted(self) -> bool | None:
        """Whether it was cut off since it was opened, although GLIDE has mended it by now; None if
        the server was too busy to say.

        Errors: RedisError, if the server cannot be reached.
        """
        if self.on_replica:
            return False
        batch = Batch(is_atomic=False)
        batch.append_command(CLIENT_ID[0], list(CLIENT_ID[1]))
        patience = BatchOptions(timeout=PATIENCE_MS)
        try:
            answer = self._lanes.call(self.client, self.client.exec, batch, True, patience)
        except GlideTimeoutError:
            # busy, or gone
            knock(self._lanes.settings, greeting=False)
            return None
        except GlideError:
            return True
        return self._id is not None and answer != [self._id]


def asking(change: Change) -> list[Native]:
    """What a batch asks for a change: one command for each name, since each confirmation counts as
    a reply; without any name the server is asked for what it has to say to that.
    """
    request_type = ASKED[change.command]
    told = change.new or change.names
    return [(request_type, [name]) for name in sorted(told)] or [(request_type, [])]


def pinging(words: Sequence[bytes]) -> Native:
    """PING, perhaps with what is to come back."""
    return (RequestType.Ping, [*words])


def raise_first(replies: list[Any]) -> None:
    """Raises the first error among the replies of a batch."""
    for reply in replies:
        if isinstance(reply, GlideError):
            raise reply
