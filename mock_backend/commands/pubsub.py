"""Publish and subscribe.

A confirmation is a push: in RESP2 an array like any other, in RESP3 out of band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.kernel.channels import Channels
from mock_backend.kernel.context import Context
from mock_backend.kernel.session import Session
from mock_backend.replies import Many, Push, Reply
from mock_backend.schema.command import Table
from mock_backend.store.glob import matches

pubsub = Table("pubsub", "")
pubsub.container("PUBSUB", since="2.8.0", summary="A container for Pub/Sub commands.")

_FLAGS: Final = "pubsub noscript loading stale"

Change = Callable[[Channels, Session, bytes], None]


@pubsub.command("SUBSCRIBE channel [channel ...]", flags=_FLAGS, since="2.0.0")
def subscribe(ctx: Context, channels: list[bytes]) -> Reply:
    """Listens for messages published to channels."""
    return _subscribe(ctx, b"subscribe", channels, Channels.subscribe)


@pubsub.command("PSUBSCRIBE pattern [pattern ...]", flags=_FLAGS, since="2.0.0")
def psubscribe(ctx: Context, patterns: list[bytes]) -> Reply:
    """Listens for messages published to channels that match one or more patterns."""
    return _subscribe(ctx, b"psubscribe", patterns, Channels.subscribe_pattern)


@pubsub.command("SSUBSCRIBE shardchannel [shardchannel ...]", flags=_FLAGS, since="7.0.0")
def ssubscribe(ctx: Context, shardchannels: list[bytes]) -> Reply:
    """Listens for messages published to shard channels."""
    if ctx.atomic:
        raise errors.err("SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
    return _subscribe(ctx, b"ssubscribe", shardchannels, Channels.subscribe_shard)


def _subscribe(ctx: Context, kind: bytes, names: Iterable[bytes], change: Change) -> Reply:
    session = ctx.session
    replies = Many()
    for name in names:
        change(ctx.kernel.channels, session, name)
        replies.append(Push([kind, name, _count(session, kind)]))
    return replies


def _count(session: Session, kind: bytes) -> int:
    """What a confirmation counts: shard channels by themselves, the others together."""
    if kind in {b"ssubscribe", b"sunsubscribe"}:
        return len(session.shard_channels)
    return session.subscriptions


@pubsub.command("UNSUBSCRIBE [channel [channel ...]]", flags=_FLAGS, since="2.0.0")
def unsubscribe(ctx: Context, channels: list[bytes]) -> Reply:
    """Stops listening to messages posted to channels."""
    return _unsubscribe(
        ctx, b"unsubscribe", channels or list(ctx.session.channels), Channels.unsubscribe
    )


@pubsub.command("PUNSUBSCRIBE [pattern [pattern ...]]", flags=_FLAGS, since="2.0.0")
def punsubscribe(ctx: Context, patterns: list[bytes]) -> Reply:
    """Stops listening to messages published to channels that match one or more patterns."""
    return _unsubscribe(
        ctx, b"punsubscribe", patterns or list(ctx.session.patterns), Channels.unsubscribe_pattern
    )


@pubsub.command("SUNSUBSCRIBE [shardchannel [shardchannel ...]]", flags=_FLAGS, since="7.0.0")
def sunsubscribe(ctx: Context, shardchannels: list[bytes]) -> Reply:
    """Stops listening to messages posted to shard channels."""
    return _unsubscribe(
        ctx,
        b"sunsubscribe",
        shardchannels or list(ctx.session.shard_channels),
        Channels.unsubscribe_shard,
    )


def _unsubscribe(ctx: Context, kind: bytes, names: list[bytes], change: Change) -> Reply:
    """Errors: NOSUB, if the client listens to nothing (Valkey 8.0; others answer nil), but not
    inside EXEC: there it was the gate's to say so.
    """
    session = ctx.session
    if ctx.kernel.channels.strict and not session.is_subscribed and not ctx.atomic:
        raise errors.not_subscribed(kind.decode())
    if not names:
        return Push([kind, None, _count(session, kind)])
    replies = Many()
    for name in names:
        change(ctx.kernel.channels, session, name)
        replies.append(Push([kind, name, _count(session, kind)]))
    return replies


@pubsub.command("PUBLISH channel message", flags="pubsub loading stale fast", since="2.0.0")
def publish(ctx: Context, channel: bytes, message: bytes) -> Reply:
    """Posts a message to a channel.

    Reply: how many subscriptions it went to; a client counts once for each that matches.
    """
    receivers = _tell(ctx, ctx.kernel.channels.publish, channel, message)
    if ctx.kernel.cluster is not None:
        ctx.kernel.cluster.publish(channel, message)
    return receivers


@pubsub.command("SPUBLISH shardchannel message", flags="pubsub loading stale fast", since="7.0.0")
def spublish(ctx: Context, shardchannel: bytes, message: bytes) -> Reply:
    """Posts a message to a shard channel."""
    receivers = _tell(ctx, ctx.kernel.channels.publish_shard, shardchannel, message)
    if ctx.kernel.cluster is not None:
        ctx.kernel.cluster.publish_shard(shardchannel, message)
    return receivers


def _tell(
    ctx: Context, publish: Callable[[bytes, bytes], int], channel: bytes, message: bytes
) -> int:
    """What one publishes to oneself stood before the reply, of old (but EXEC's came apart)."""
    kernel = ctx.kernel
    if kernel.channels.interrupts and not ctx.session.caller.context.atomic:
        kernel.prepares = True
        try:
            return publish(channel, message)
        finally:
            kernel.prepares = False
    return publish(channel, message)


_LOOKING: Final = "pubsub loading stale"


@pubsub.command("PUBSUB CHANNELS [arg ...]", flags=_LOOKING, since="2.8.0", container="PUBSUB")
def channels(ctx: Context, args: list[bytes]) -> Reply:
    """Returns the active channels."""
    return _active(ctx.kernel.channels.exact, args)


@pubsub.command("PUBSUB SHARDCHANNELS [arg ...]", flags=_LOOKING, since="7.0.0", container="PUBSUB")
def shardchannels(ctx: Context, args: list[bytes]) -> Reply:
    """Returns the active shard channels."""
    return _active(ctx.kernel.channels.sharded, args)


def _active(listeners: Iterable[bytes], args: list[bytes]) -> Reply:
    if len(args) > 1:
        raise errors.MisplacedWords
    return [channel for channel in listeners if not args or matches(args[0], channel)]


@pubsub.command("PUBSUB NUMPAT", flags=_LOOKING, since="2.8.0", container="PUBSUB")
def numpat(ctx: Context) -> Reply:
    """Returns a count of unique pattern subscriptions."""
    return len(ctx.kernel.channels.patterns)


@pubsub.command(
    "PUBSUB NUMSUB [channel [channel ...]]", flags=_LOOKING, since="2.8.0", container="PUBSUB"
)
def numsub(ctx: Context, channels: list[bytes]) -> Reply:
    """Returns a count of subscribers to channels."""
    listeners = ctx.kernel.channels.exact
    return [item for name in channels for item in (name, len(listeners.get(name, ())))]


@pubsub.command(
    "PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]",
    flags=_LOOKING,
    since="7.0.0",
    container="PUBSUB",
)
def shardnumsub(ctx: Context, shardchannels: list[bytes]) -> Reply:
    """Returns the count of subscribers of shard channels."""
    listeners = ctx.kernel.channels.sharded
    return [item for name in shardchannels for item in (name, len(listeners.get(name, ())))]


help_for(pubsub, "PUBSUB", since="6.2.0")
