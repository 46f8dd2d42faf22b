"""``redis.call``: how the commands that scripts name are performed (script.c, scriptCall).

Each has a function of its own, which the Lua side keeps by the name as it was written: what holds
for all calls of a command is looked up once, and a call that nothing stands against goes straight
to the kernel.  What may stand against it is told by ``Scripts.objection``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mock_backend.kernel.context import Context
from mock_backend.replies import Simple
from mock_backend.schema.command import Command
from mock_backend.scripting.bridge import Bridge
from mock_backend.scripting.convert import SMALL, STATUS

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.scripts.host import Scripts


def performing(
    kernel: Kernel,
    scripts: Scripts,
    context: Context,
    bridge: Bridge,
    name: bytes,
    command: Command,
) -> Callable[..., Any]:
    """The function that performs ``command``, which was called ``name``, with the words behind it;
    what it returns is what the Lua side is handed.
    """
    perform, objection = kernel.perform, scripts.objection
    least, most, writes = command.least, command.most, command.writes
    words, handed, used, room = bridge.words, bridge.handed, bridge.used, bridge.room

    def performed(*arguments: Any) -> Any:
        try:
            request = [name, *arguments]
            for argument in arguments:
                if type(argument) is not bytes:
                    converted = words(request)
                    if converted is None:
                        return bridge.no_word
                    request = converted
                    break
            run = scripts.free
            if run is None or not least <= len(request) <= most or (writes and kernel.gated):
                refused = objection(command, request)
                if refused is not None:
                    return handed(refused)
            else:
                run.calls += 1
                if writes:
                    run.wrote = True
            reply = perform(context, command, request)
            kind = type(reply)
            if kind is int:  # it takes no memory
                return reply
            if kind is bytes:
                if used() + len(reply) <= room:
                    return reply
            elif kind is Simple and used() + SMALL <= room:
                return None, STATUS, reply.text
            return handed(reply)
        except Exception as error:  # raised through Lua it would lose its traceback
            return handed(kernel.bug(error))

    return performed
