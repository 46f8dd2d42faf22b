"""CLIENT TRACKING and its like: server-assisted client-side caching."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from mock_backend import errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.tracking import Choices
from mock_backend.replies import OK, Members, Pairs, Reply
from mock_backend.schema import types
from mock_backend.schema.command import Table

tracking_clients = Table("connection")

_PLAIN: Final = "noscript loading stale"
_BUSY: Final = f"{_PLAIN} allow_busy@valkey-9.0.0"


@tracking_clients.command(
    "CLIENT TRACKING status [arg ...]", flags=_PLAIN, since="6.0.0", container="CLIENT"
)
def tracking(ctx: Context, status: bytes, args: list[bytes]) -> Reply:
    """Controls server-assisted client-side caching for the connection."""
    choices = _choices(ctx, args)
    kernel, session = ctx.kernel, ctx.session
    if status.lower() == b"off":
        kernel.tracking.end(session)
        return OK
    if status.lower() != b"on":
        raise errors.syntax()
    old = kernel.tracking.sessions.get(session)
    if choices.prefixes and not choices.broadcast:
        raise errors.err("PREFIX option requires BCAST mode to be enabled")
    if old is not None and old.broadcast != choices.broadcast:
        raise errors.err(
            "You can't switch BCAST mode on/off before disabling tracking for this client, and"
            " then re-enabling it with a different mode."
        )
    if choices.broadcast and (choices.opt_in or choices.opt_out):
        raise errors.err("OPTIN and OPTOUT are not compatible with BCAST")
    if choices.opt_in and choices.opt_out:
        raise errors.err("You can't specify both OPTIN mode and OPTOUT mode")
    if old is not None and ((choices.opt_in and old.opt_out) or (choices.opt_out and old.opt_in)):
        raise errors.err(
            "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and"
            " then re-enabling it with a different mode."
        )
    kept = old.prefixes if old is not None else []
    if choices.broadcast:
        _check_overlaps(choices.prefixes, kept)
        choices.prefixes = sorted({*kept, *(choices.prefixes or [b""])})
    choices.caching = old is not None and old.caching
    kernel.tracking.begin(session, choices)
    return OK


def _choices(ctx: Context, args: list[bytes]) -> Choices:
    choices = Choices()
    at = 0
    while at < len(args):
        option = args[at].lower()
        more = at + 1 < len(args)
        if option == b"redirect" and more:
            at += 1
            if choices.redirect:
                raise errors.err("A client can only redirect to a single other client")
            choices.redirect = types.integer(args[at])
            if choices.redirect not in ctx.kernel.sessions:
                raise errors.err("The client ID you want redirect to does not exist")
        elif option == b"bcast":
            choices.broadcast = True
        elif option == b"optin":
            choices.opt_in = True
        elif option == b"optout":
            choices.opt_out = True
        elif option == b"noloop":
            choices.no_loop = True
        elif option == b"prefix" and more:
            at += 1
            choices.prefixes.append(args[at])
        else:
            raise errors.syntax()
        at += 1
    return choices


def _check_overlaps(prefixes: list[bytes], existing: list[bytes]) -> None:
    # in order, what begins with a word stands right behind it: thousands need no look at each pair
    every = sorted([*prefixes, *existing])
    if not any(other.startswith(prefix) for prefix, other in pairwise(every)):
        return
    for number, prefix in enumerate(prefixes):
        for other in existing:
            if prefix.startswith(other) or other.startswith(prefix):
                raise errors.err(
                    f"Prefix '{_shown(prefix)}' overlaps with an existing prefix"
                    f" '{_shown(other)}'. Prefixes for a single client must not overlap."
                )
        for other in prefixes[number + 1 :]:
            if prefix.startswith(other) or other.startswith(prefix):
                raise errors.err(
                    f"Prefix '{_shown(prefix)}' overlaps with another provided prefix"
                    f" '{_shown(other)}'. Prefixes for a single client must not overlap."
                )


def _shown(word: bytes) -> str:
    return word.decode("utf-8", "surrogateescape")


@tracking_clients.command("CLIENT CACHING mode", flags=_BUSY, since="6.0.0", container="CLIENT")
def caching(ctx: Context, mode: bytes) -> Reply:
    """Instructs the server whether to track the keys in the next request."""
    choices = ctx.kernel.tracking.sessions.get(ctx.session)
    if choices is None:
        raise errors.err(
            "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
            " OPTOUT mode enabled"
        )
    match mode.lower():
        case b"yes":
            if not choices.opt_in:
                raise errors.err(
                    "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
                )
            choices.caching = True
        case b"no":
            if not choices.opt_out:
                raise errors.err(
                    "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
                )
            choices.caching = True
        case _:
            raise errors.syntax()
    return OK


@tracking_clients.command("CLIENT GETREDIR", flags=_BUSY, since="6.0.0", container="CLIENT")
def getredir(ctx: Context) -> Reply:
    """Returns the client ID to which the connection's tracking notifications are redirected.

    Reply: 0 without a redirection, -1 without tracking.
    """
    choices = ctx.kernel.tracking.sessions.get(ctx.session)
    return -1 if choices is None else choices.redirect


@tracking_clients.command("CLIENT TRACKINGINFO", flags=_PLAIN, since="6.2.0", container="CLIENT")
def trackinginfo(ctx: Context) -> Reply:
    """Returns information about server-assisted client-side caching for the connection."""
    choices = ctx.kernel.tracking.sessions.get(ctx.session)
    if choices is None:
        return Pairs([(b"flags", Members([b"off"])), (b"redirect", -1), (b"prefixes", [])])
    states = {
        b"bcast": choices.broadcast,
        b"optin": choices.opt_in,
        b"caching-yes": choices.opt_in and choices.caching,
        b"optout": choices.opt_out,
        b"caching-no": choices.opt_out and choices.caching,
        b"noloop": choices.no_loop,
        b"broken_redirect": choices.broken,
    }
    flags = Members([b"on", *(name for name, holds in states.items() if holds)])
    return Pairs(
        [(b"flags", flags), (b"redirect", choices.redirect), (b"prefixes", choices.prefixes)]
    )
