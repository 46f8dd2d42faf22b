"""ASKING: opens the door of a node for one command on a key that is on its way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glide_shared.exceptions import GlideError
from glide_shared.request_type import RequestType

from adapter.translate import flow
from adapter.translate.plan import Lane, Native, Plan

if TYPE_CHECKING:
    from adapter.connect.async_sender import AsyncSender
    from adapter.connect.sender import Sender

ASKING: Native = (RequestType.Asking, [])


def ask(sender: Sender, plan: Plan) -> Any:
    """GLIDE's reply to a plan that travels right behind ASKING; an error too.

    Errors: RedisError, if the node cannot be reached.
    """

    def send(step: Plan) -> Any:
        lanes, natives = sender.lanes, [ASKING, step.native]
        if step.lane is not Lane.BLOCKING:
            client = lanes.plain() if step.lane is Lane.PLAIN else lanes.shared()
            return _last(sender.batch(client, natives))
        held = lanes.borrow()
        try:
            return _last(sender.batch(held.client, natives, limited=True))
        finally:
            lanes.discard(held)

    try:
        return flow.drive(sender.scripts.steps(plan), send)
    except GlideError as error:
        return error


async def aask(sender: AsyncSender, plan: Plan) -> Any:
    """As ``ask``, in its turn among the commands that were asked before."""

    async def send(step: Plan) -> Any:
        natives = [ASKING, step.native]
        if step.lane is not Lane.BLOCKING:
            lane = Lane.PLAIN if step.lane is Lane.PLAIN else Lane.SHARED
            return _last(await sender.send_group(natives, lane, atomic=False))
        held = await sender.lanes.borrow()
        try:
            return _last(await sender.batch(held.client, natives, limited=True))
        finally:
            sender.lanes.discard(held)

    try:
        return await flow.adrive(sender.scripts.steps(plan), send)
    except GlideError as error:
        return error


def _last(replies: list[Any] | None) -> Any:
    """The reply behind that to ASKING; an error is raised."""
    reply = replies[-1] if replies else None
    if isinstance(reply, Exception):
        raise reply
    return reply
