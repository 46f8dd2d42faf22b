"""What a command changes in the connection it is sent on, so that later connections are made alike."""

from __future__ import annotations

from dataclasses import replace

from adapter.connect.options import Settings
from adapter.translate.plan import Words


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
