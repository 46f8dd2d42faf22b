"""Routes of PUBLISH and PUBSUB; subscribing changes a connection, so a shared client refuses it."""

from glide_shared.request_type import RequestType

from adapter.translate import raw
from adapter.translate.table import Table

pubsub = Table()

pubsub.row("PUBLISH", RequestType.Publish)
pubsub.row("SPUBLISH", RequestType.SPublish)
pubsub.row("PUBSUB CHANNELS", RequestType.PubSubChannels)
pubsub.row("PUBSUB NUMPAT", RequestType.PubSubNumPat)
pubsub.row("PUBSUB NUMSUB", RequestType.PubSubNumSub, raw.subscribers)
pubsub.row("PUBSUB SHARDCHANNELS", RequestType.PubSubShardChannels)
pubsub.row("PUBSUB SHARDNUMSUB", RequestType.PubSubShardNumSub, raw.subscribers)

pubsub.custom("PUBSUB HELP", "GLIDE has no request types for help texts")

for _name in (
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
    "UNSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SUNSUBSCRIBE",
):
    pubsub.refuse(_name, "subscriptions live on a connection of their own; use pubsub()")
