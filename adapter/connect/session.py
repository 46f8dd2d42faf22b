"""Connections as the server sees them: what a command changes in one, and how a waiting one is
freed.
"""

from __future__ import annotations

from dataclasses import replace

from glide_shared.request_type import RequestType

from adapter.connect.options import Settings
from adapter.translate.plan import Native, Words


def after(words: Words, settings: Settings) -> Settings | None:
    """The settings once the server has said OK to ``words``; None if nothing has changed."""
    match [word.upper() for word in words[:2]]:
        case [b"SELECT", number]:
            return settings.at(int(number))
        case [b"CLIENT", b"SETNAME"] if len(words) == 3:
            return settings.named(words[2].decode(errors="replace") or None)
        case [b"AUTH", _]:
            *user, password = (word.decode(errors="replace") for word in words[1:])
            return replace(
                settings,
                username=user[0] if user else None,
                password=password,
                credential_provider=None,
            )
    return None


CLIENT_ID = Native(RequestType.ClientId, [])


def unblocking(number: int | None) -> Native:
    """Ends the waiting of the connection with that CLIENT ID; 0 matches none."""
    return Native(RequestType.ClientUnblock, [b"%d" % (number or 0)])


def killing(number: int) -> Native:
    """Ends the connection with that CLIENT ID."""
    return Native(RequestType.ClientKill, [b"ID", b"%d" % number])
