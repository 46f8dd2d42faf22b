"""What GLIDE does not listen to, in an event loop: the awaitable twin of ``direct``."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError, ResponseError, TimeoutError

from adapter.connect.direct import AGAIN_SECONDS, own_connection, plain
from adapter.state.pubsub import Confirmed, Reply


class AsyncDirect:
    """One of redis-py's connections, with a task that reads.

    ``heard`` is called with each reply, ``lost`` with the error when the connection breaks; it is
    then opened again with all subscriptions, until ``end``.
    """

    def __init__(
        self, pool: Any, heard: Callable[[Reply], None], lost: Callable[[Exception], None]
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._connection = own_connection(pool)
        self._confirmed = Confirmed()
        self._answer = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Channels and patterns that are listened to, without sharded ones."""
        return self._confirmed.count

    async def ask(self, command: bytes, names: list[bytes], limit: float | None) -> None:
        """SUBSCRIBE and its kin, and PING; returns once the server has answered.

        Errors: ConnectionError, TimeoutError (after ``limit`` seconds), ResponseError.
        """
        if self._task is None:
            await self._connection.connect()
            self._task = asyncio.get_running_loop().create_task(self._read())
        self._confirmed.asked(command, names)
        await self._connection.send_command(command, *names)
        try:
            async with asyncio.timeout(limit):
                while not self._confirmed.answered:
                    self._answer.clear()
                    await self._answer.wait()
        except builtins.TimeoutError:
            raise TimeoutError("Timeout reading from socket") from None
        if self._confirmed.refusal is not None:
            raise self._confirmed.refusal

    def end(self) -> None:
        """Listens no longer; in the loop's own thread."""
        if self._task is not None:
            self._task.cancel()

    async def _read(self) -> None:
        connection = self._connection
        try:
            while True:
                try:
                    reply = await connection.read_response(disable_decoding=True, push_request=True)
                    self._take_in(reply)
                except ResponseError as refused:
                    self._take_in(refused)
                except Exception as error:
                    broken = ConnectionError(*error.args)
                    self._take_in(broken)
                    self._lost(broken)
                    await self._mend()
        finally:
            await connection.disconnect(nowait=True)

    def _take_in(self, reply: Any) -> None:
        told = plain(reply)
        self._confirmed.take_in(told)
        self._answer.set()
        if not isinstance(told, Exception):
            self._heard(told)

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await self._connection.disconnect(nowait=True)
                await self._connection.connect()
                for command, names in self._confirmed.names.items():
                    if names:
                        await self._connection.send_command(command, *names)
            except Exception:
                # the reader has been told that it is lost; it is heard again once this succeeds
                continue
            return
