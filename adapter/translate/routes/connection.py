"""Routes of the connection commands: what GLIDE must restore after a reconnect is sent singly."""

from glide_shared.request_type import RequestType
from redis.exceptions import TimeoutError as NoAnswer

from adapter.translate import introspection, raw
from adapter.translate.plan import Lane, Plan
from adapter.translate.table import Table, custom

connection = Table()

connection.row("CLIENT GETNAME", RequestType.ClientGetName, lane=Lane.HOME)
connection.row("CLIENT GETREDIR", RequestType.ClientGetRedir, lane=Lane.HOME)
connection.row("CLIENT ID", RequestType.ClientId, lane=Lane.HOME)
connection.row("CLIENT INFO", RequestType.ClientInfo, lane=Lane.HOME)
connection.row("CLIENT KILL", RequestType.ClientKill, lane=Lane.SESSION)
connection.row("CLIENT LIST", RequestType.ClientList)
connection.row(
    "CLIENT TRACKINGINFO", RequestType.ClientTrackingInfo, introspection.tracking, lane=Lane.HOME
)
connection.row("ECHO", RequestType.Echo)
connection.row("PING", RequestType.Ping)

connection.row("ASKING", RequestType.Asking, lane=Lane.SESSION)
connection.row("AUTH", RequestType.Auth, lane=Lane.SESSION)
connection.row("CLIENT CACHING", RequestType.ClientCaching, lane=Lane.SESSION)
connection.row("CLIENT NO-EVICT", RequestType.ClientNoEvict, lane=Lane.SESSION)
connection.row("CLIENT NO-TOUCH", RequestType.ClientNoTouch, lane=Lane.SESSION)
connection.row("CLIENT SETINFO", RequestType.ClientSetInfo, lane=Lane.SESSION)
connection.row("CLIENT SETNAME", RequestType.ClientSetName, lane=Lane.SESSION)
connection.row("CLIENT TRACKING", RequestType.ClientTracking, lane=Lane.SESSION)
connection.row("QUIT", RequestType.Quit, lane=Lane.SESSION)
connection.row("READONLY", RequestType.ReadOnly, lane=Lane.SESSION)
connection.row("READWRITE", RequestType.ReadWrite, lane=Lane.SESSION)
connection.row("RESET", RequestType.Reset, lane=Lane.SESSION)
connection.row("SELECT", RequestType.Select, lane=Lane.SESSION)

# a paused or waiting connection reads no further: these need another one
connection.row("CLIENT PAUSE", RequestType.ClientPause, lane=Lane.BLOCKING)
connection.row("CLIENT UNBLOCK", RequestType.ClientUnblock, lane=Lane.BLOCKING)
connection.row("CLIENT UNPAUSE", RequestType.ClientUnpause, lane=Lane.BLOCKING)

connection.custom(
    "CLIENT CAPA, CLIENT IMPORT-SOURCE", "newer than GLIDE's request types", lane=Lane.SESSION
)
connection.custom("CLIENT HELP", "GLIDE has no request types for help texts")


@connection.mapper("CLIENT REPLY")
def client_reply(words: list[bytes]) -> Plan:
    """ON is harmless.

    Errors: redis-py's TimeoutError for OFF and SKIP, without waiting: no answer would come, and
    on a shared connection nobody would get one again.
    """
    if len(words) == 3 and words[2].upper() in (b"OFF", b"SKIP"):
        raise NoAnswer(
            f"CLIENT REPLY {words[2].decode().upper()} would silence the shared connection"
        )
    return Plan(words, (RequestType.ClientReply, words[2:]), raw.plain, Lane.SESSION)


@connection.mapper("HELLO")
def hello(words: list[bytes]) -> Plan:
    """Protocol 2 is spoken on the plain lane; every connection stays with the protocol it has."""
    if len(words) > 1 and words[1] == b"2":
        return custom(words, raw.facts, Lane.PLAIN)
    if words[1:] == [b"3"]:
        return Plan(words, (RequestType.Hello, []), raw.facts, Lane.SESSION)
    return Plan(words, (RequestType.Hello, words[1:]), raw.facts, Lane.SESSION)
