"""One GLIDE client that listens for one bridge in an event loop: the awaitable twin of
``listening``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from glide import GlideClient
from glide_shared.commands.batch import Batch
from glide_shared.commands.batch_options import BatchOptions
from glide_shared.exceptions import GlideError
from glide_shared.exceptions import TimeoutError as GlideTimeoutError

from adapter.connect.async_sender import AsyncSender
from adapter.connect.knock import aknock
from adapter.connect.listening import ASKED, OPPOSITE, PATIENCE_MS, asking, pinging, raise_first
from adapter.connect.pump import Heard
from adapter.connect.session import CLIENT_ID
from adapter.state.pubsub import Change


class AsyncListening:
    """A listening connection; ended by ``end``, or with all others of its lanes."""

    def __init__(self, sender: AsyncSender, client: GlideClient) -> None:
        self._sender = sender
        self._lanes = sender.lanes
        self.client = client
        self._id: int | None = None
        self.on_replica = self._lanes.settings.replica
        """Then GLIDE never connects, and what is to be heard is heard elsewhere."""

    @classmethod
    async def begin(cls, sender: AsyncSender, heard: Heard, dropped: Callable[[], None]) -> Self:
        """Opens one."""
        return cls(sender, await sender.lanes.listening(heard, dropped))

    @property
    def alive(self) -> bool:
        """Whether it was not ended."""
        return not self.client._is_closed

    def end(self) -> None:
        """Listens no longer; from anywhere."""
        self._lanes.silence(self.client)

    async def join(self, change: Change) -> None:
        """Returns once the server has confirmed all new names; if it refuses one, none is joined.

        Errors: GlideError, RedisError.
        """
        names = sorted(change.new)
        if names:
            await self._lanes.single(self.client, (ASKED[change.command], names))
        try:
            self._id = await self._ask(change) or self._id
        except BaseException:
            with suppress(GlideError):
                taken_back = (ASKED[OPPOSITE[change.command]], names)
                await self._lanes.single(self.client, taken_back)
            raise

    async def _ask(self, change: Change) -> int | None:
        """Returns the server's id of the connection, if it was not known."""
        unknown = [CLIENT_ID] if self._id is None else []
        asked = [*asking(change), *unknown]
        replies = await self._sender.batch(self.client, asked, limited=True) or []
        raise_first(replies)
        return replies[-1] if unknown else None

    async def leave(self, change: Change) -> None:
        """Returns once the server has let go.

        Errors: GlideError, RedisError.
        """
        names, limit = set(change.new), self._lanes.limit_ms
        if not names:
            # some servers refuse this
            await self._ask(change)
            return
        if change.command == b"UNSUBSCRIBE":
            await self.client.unsubscribe(names, limit)  # type: ignore[arg-type]
        else:
            await self.client.punsubscribe(names, limit)  # type: ignore[arg-type]

    async def ping(self, words: Sequence[bytes] = ()) -> None:
        """Returns once the server has answered.

        Errors: GlideError, RedisError.
        """
        if self.on_replica:
            return
        await self._sender.one(self.client, pinging(words), limited=True)

    async def interrupted(self) -> bool | None:
        """Whether it was cut off since it was opened, although GLIDE has mended it by now; None if
        the server was too busy to say.

        Errors: RedisError, if the server cannot be reached.
        """
        if self.on_replica:
            return False
        batch = Batch(is_atomic=False)
        batch.append_command(CLIENT_ID[0], list(CLIENT_ID[1]))
        try:
            answer = await self.client.exec(batch, True, BatchOptions(timeout=PATIENCE_MS))
        except GlideTimeoutError:
            # busy, or gone
            await aknock(self._lanes.settings, greeting=False)
            return None
        except GlideError:
            return True
        return self._id is not None and answer != [self._id]
