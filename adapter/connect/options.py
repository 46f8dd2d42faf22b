"""redis-py's connection keywords in GLIDE's terms.

``KEYWORDS`` says of every keyword that redis-py 8.1 (and 5.3) takes what becomes of it here;
``read`` turns a redis-py pool into ``Settings``; ``configuration`` turns those into what GLIDE is
created with.  A keyword that redis-py does not know never gets this far: redis-py's own
constructors raise their TypeError.
"""

from __future__ import annotations

import inspect
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import redis
from glide_shared.config import (
    AdvancedGlideClientConfiguration,
    BackoffStrategy,
    GlideClientConfiguration,
    NodeAddress,
    ProtocolVersion,
    ServerCredentials,
)
from redis.connection import SSLConnection
from redis.exceptions import RedisError

from adapter.connect import bridge
from adapter.connect.bridge import BRIDGES
from adapter.connect.tls import Tls, tls, unverified

FOR_EVER_MS = 2**31 - 1
"""GLIDE reads 0 as its default of 250 ms; this is 24 days, and what redis-py's ``None`` becomes."""
CONNECT_FOR_EVER_MS = 30_000
HANDSHAKE_SECONDS = 0.75
"""What GLIDE has beyond the caller's socket_timeout for connecting."""
INFLIGHT_LIMIT = 1_000_000
"""GLIDE refuses request 1001 by default; redis-py has no such limit."""
RECONCILIATION_MS = 100
"""How soon subscriptions return after a dropped connection; GLIDE's default of 3 s loses
messages.
"""


class NotSupportedError(RedisError):
    """The option exists in redis-py, and GLIDE has no way to honour it; the message says what to
    do instead.
    """


class Fate(Enum):
    """What becomes of a redis-py keyword."""

    MAPPED = "mapped to GLIDE"
    EMULATED = "done by the adapter"
    IGNORED = "ignored, harmlessly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One row of the table: the fate and why (MAPPED: to what; REFUSED: what to do instead)."""

    fate: Fate
    why: str


def _mapped(to: str) -> Keyword:
    return Keyword(Fate.MAPPED, to)


def _emulated(how: str) -> Keyword:
    return Keyword(Fate.EMULATED, how)


def _ignored(why: str) -> Keyword:
    return Keyword(Fate.IGNORED, why)


def _refused(instead: str) -> Keyword:
    return Keyword(Fate.REFUSED, instead)


_POOL = _emulated("the pool that redis-py builds from it is read for its settings")
_SOCKET = _ignored("GLIDE sets up its own sockets")
_PARSER = _ignored("GLIDE parses replies in its core")
_CACHE = _ignored("every read asks the server, which is never stale; the cache stays empty")
_MAINTENANCE = _ignored("GLIDE follows moved servers by reconnecting")
_RETRY = _emulated("redis-py's own Retry object decides how often a command is tried again")
_REPLY = _emulated("redis-py's own encoder and response callbacks do it")
_LIBRARY = _emulated(
    "announced by CLIENT SETINFO when a connection is opened; left out, and after GLIDE has"
    " reconnected by itself, the server is told GLIDE's own name and version"
)
_BRIDGED = _emulated(
    "a thread passes on what GLIDE says on 127.0.0.1, for this process only; refused where the"
    " system has no /proc to tell whose a connection is: connect by host and port there"
)
_NOBODY_WAITS = _emulated(
    "bounds the connections that get_connection() hands out; commands need none of those: one"
    " connection serves every caller, and only callers that the server keeps waiting hold one"
)

KEYWORDS: Mapping[str, Keyword] = {
    "host": _mapped("addresses"),
    "port": _mapped("addresses"),
    "db": _mapped("database_id"),
    "username": _mapped("credentials"),
    "password": _mapped("credentials"),
    "credential_provider": _emulated(
        "asked for each connection that is opened; a streaming provider's new token logs the open"
        " connections in anew"
    ),
    "client_name": _mapped("client_name"),
    "driver_info": _LIBRARY,
    "lib_name": _LIBRARY,
    "lib_version": _LIBRARY,
    "socket_timeout": _mapped(
        "request_timeout; None: no limit. Callers of BLPOP wait as long, too"
    ),
    "socket_connect_timeout": _mapped("connection_timeout; None: 30 seconds"),
    "socket_read_size": _SOCKET,
    "socket_keepalive": _SOCKET,
    "socket_keepalive_options": _SOCKET,
    "socket_type": _SOCKET,
    "health_check_interval": _emulated(
        "GLIDE notices a dropped connection and reconnects, and after a failed call the server is"
        " asked whether it is there; a PubSub, a connection driven by hand and a client with a"
        " connection of its own send a PING when nothing was heard for so long"
    ),
    "encoding": _REPLY,
    "encoding_errors": _REPLY,
    "decode_responses": _REPLY,
    "protocol": _REPLY,
    "legacy_responses": _REPLY,
    "encoder_class": _ignored("the encoder is the adapter's, which does what redis-py's does"),
    "parser_class": _PARSER,
    "command_packer": _PARSER,
    "retry": _RETRY,
    "retry_on_timeout": _RETRY,
    "retry_on_error": _RETRY,
    "connection_pool": _POOL,
    "connection_class": _emulated(
        "says whether to connect by TCP, TLS, unix socket or Sentinel; what a subclass overrides is"
        " not called, unless it is `disconnect` (then `get_connection()` hands out the class"
        " itself, which has a socket), and a class that is none of redis-py's is refused"
    ),
    "auto_close_connection_pool": _POOL,
    "max_connections": _NOBODY_WAITS,
    "timeout": _NOBODY_WAITS,
    "queue_class": _NOBODY_WAITS,
    "single_connection_client": _emulated(
        "the client gets connections of its own, and a connection to look at or to drive by hand"
    ),
    "cache": _CACHE,
    "cache_config": _CACHE,
    "cache_factory": _CACHE,
    "event_dispatcher": _emulated("redis-py's constructor dispatches to it"),
    "maint_notifications_config": _MAINTENANCE,
    "oss_cluster_maint_notifications_handler": _MAINTENANCE,
    "himport_registry": _ignored("belongs to redis-py's pool"),
    "ssl": _mapped("use_tls"),
    "ssl_certfile": _mapped("client_cert_pem"),
    "ssl_keyfile": _mapped("client_key_pem"),
    "ssl_ca_certs": _mapped("root_pem_cacerts"),
    "ssl_ca_data": _mapped("root_pem_cacerts"),
    "ssl_ca_path": _mapped("root_pem_cacerts: all files of the folder"),
    "ssl_cert_reqs": _mapped("use_insecure_tls, if none are required"),
    "ssl_check_hostname": _refused(
        "GLIDE checks the certificate with the host name or not at all;"
        " leave ssl_check_hostname on (redis-py 5, where it is off, does not mean it), or turn both"
        " checks off with ssl_cert_reqs='none'"
    ),
    "ssl_password": _refused("GLIDE reads no encrypted keys; decrypt the key file first"),
    "ssl_ciphers": _refused("GLIDE chooses the ciphers; leave ssl_ciphers out"),
    "ssl_min_version": _refused("GLIDE speaks TLS 1.2 and later; leave ssl_min_version out"),
    "ssl_validate_ocsp": _refused("GLIDE does no OCSP validation; leave it off"),
    "ssl_validate_ocsp_stapled": _refused("GLIDE does no OCSP validation; leave it off"),
    "ssl_ocsp_context": _refused("GLIDE does no OCSP validation; leave it out"),
    "ssl_ocsp_expected_cert": _refused("GLIDE does no OCSP validation; leave it out"),
    "ssl_include_verify_flags": _refused("GLIDE has no verify flags; leave them out"),
    "ssl_exclude_verify_flags": _refused("GLIDE has no verify flags; leave them out"),
    "redis_connect_func": _refused(
        "GLIDE opens its connections itself;"
        " use client_name, username, password and db for what it would do"
    ),
    "unix_socket_path": _BRIDGED,
    "path": _BRIDGED,
}

HOSTNAME_CHECKED = (
    inspect.signature(SSLConnection.__init__).parameters["ssl_check_hostname"].default
)
"""What redis-py checks unless it is told."""

_HARMLESS: Mapping[str, tuple[Any, ...]] = {
    # redis-py 5 gives False itself: then more is checked than was asked for
    "ssl_check_hostname": (True, None, HOSTNAME_CHECKED),
    "ssl_min_version": (None, ssl.TLSVersion.TLSv1_2),
    "ssl_include_verify_flags": (None, []),
    "ssl_exclude_verify_flags": (None, []),
}
"""Values of a refused keyword that ask for nothing; for those not listed: None and False."""


@dataclass(frozen=True, slots=True)
class Service:
    """A master or its replicas, whose addresses Sentinel knows."""

    pool: Callable[[], Any]
    """The pool that asks Sentinel, held weakly."""
    is_master: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection needs to know; times in seconds, ``None``: no limit."""

    host: str
    port: int
    db: int | str
    """The word as it was given, if it is no number: the server says what it thinks of it."""
    username: str | None
    password: str | None
    client_name: str | None
    lib_name: str | None
    info_tag: str | None
    connect_timeout: float | None
    socket_timeout: float | None
    tls: Tls | None
    credential_provider: Any = None
    library: tuple[str, str] | None = None
    """The name and version to announce, if they are not redis-py's own."""
    path: str | None = None
    """The unix socket, which takes the place of host and port."""
    service: Service | None = None
    """Who says what host and port are."""
    replica: bool = False
    """Whether it was a replica that answered."""

    @property
    def address(self) -> tuple[str, int]:
        """Where GLIDE is to connect."""
        if self.path is None:
            return self.host, self.port
        return "127.0.0.1", BRIDGES.port(self.path)

    def credentials(self) -> tuple[str | None, str | None]:
        """``(username, password)`` as they stand now; a provider is asked anew each time."""
        if self.credential_provider is None:
            return self.username, self.password
        pair = self.credential_provider.get_credentials()
        return (None, pair[0]) if len(pair) == 1 else (pair[0], pair[1])

    @property
    def follows_master(self) -> bool:
        """Whether it must be a master that answers."""
        return self.service is not None and self.service.is_master

    def moved(self, address: tuple[str, int]) -> Settings:
        """The same at another address."""
        return replace(self, host=address[0], port=int(address[1]))

    def answered(self, *, replica: bool) -> Settings:
        """The same, now that it is known who is there."""
        return replace(self, replica=replica)

    def named(self, client_name: str | None) -> Settings:
        """The same under another name, as after CLIENT SETNAME."""
        return replace(self, client_name=client_name)

    def at(self, db: int | str) -> Settings:
        """The same in another database, as after SELECT."""
        return replace(self, db=db)


def refuse(kwargs: Mapping[str, Any], *, unix: bool = False) -> None:
    """Raises NotSupportedError for the first keyword whose value asks for what GLIDE cannot do."""
    if unix and not bridge.possible:
        raise NotSupportedError("GLIDE has no unix sockets; connect by host and port")
    trusting = unverified(kwargs)
    for name, value in kwargs.items():
        keyword = KEYWORDS.get(name)
        if keyword is None or keyword.fate is not Fate.REFUSED:
            continue
        if name == "ssl_check_hostname" and trusting:
            continue
        if not any(
            value is harmless or value == harmless
            for harmless in _HARMLESS.get(name, (None, False))
        ):
            raise NotSupportedError(f"{name}: {keyword.why}")


def read(template: Any, kwargs: Mapping[str, Any], *, secure: bool) -> Settings:
    """Settings out of an (unopened) redis-py connection and the keywords that its pool was given.

    The connection knows redis-py's own defaults, whatever its version.
    """
    name, version = _announced(template)
    driver = kwargs.get("driver_info")
    own_name = getattr(driver, "name", kwargs.get("lib_name"))
    tag = ";".join(getattr(driver, "upstream_drivers", ()))
    return Settings(
        host=str(getattr(template, "host", "localhost")),
        port=int(getattr(template, "port", 0)),
        db=_database(template.db),
        username=template.username,
        password=template.password,
        client_name=template.client_name or None,
        # redis-py's own name would hide that GLIDE is talking
        lib_name=own_name
        if isinstance(own_name, str) and own_name != "redis-py" and _plain(own_name)
        else None,
        info_tag=tag if _plain(tag) else None,
        connect_timeout=template.socket_connect_timeout,
        socket_timeout=template.socket_timeout,
        tls=tls(kwargs) if secure else None,
        credential_provider=getattr(template, "credential_provider", None),
        library=None if (name, version) == ("redis-py", redis.__version__) else (name, version),
        path=getattr(template, "path", None),
    )


def _database(asked: Any) -> int | str:
    word = asked.decode() if isinstance(asked, bytes) else str(asked or 0)
    return int(word) if re.fullmatch(r"-?\d+", word, re.ASCII) else word


def _announced(template: Any) -> tuple[str, str]:
    """The library's name and version as redis-py would announce them; empty: not at all."""
    if hasattr(template, "driver_info"):
        driver = template.driver_info
        return (driver.formatted_name or "", driver.lib_version or "") if driver else ("", "")
    return template.lib_name or "", template.lib_version or ""


def configuration(
    settings: Settings,
    *,
    waiting: bool = False,
    resp2: bool = False,
    urgent: bool = False,
    subscriptions: GlideClientConfiguration.PubSubSubscriptions | None = None,
) -> GlideClientConfiguration:
    """What GLIDE is created with; ``waiting`` lifts the time limit, ``resp2`` asks for the old
    protocol, ``urgent`` for a connection that can be had while a script keeps the server busy.
    """
    username, password = settings.credentials()
    if urgent:
        # SELECT is refused while a script runs too long
        settings = settings.at(0)
    return GlideClientConfiguration(
        [NodeAddress(*settings.address)],
        use_tls=settings.tls is not None,
        credentials=ServerCredentials(password=str(password), username=username)
        if password
        else None,
        request_timeout=FOR_EVER_MS
        if waiting
        else milliseconds(settings.socket_timeout, FOR_EVER_MS),
        reconnect_strategy=BackoffStrategy(num_of_retries=5, factor=20, exponent_base=2),
        database_id=int(settings.db),
        client_name=settings.client_name,
        protocol=ProtocolVersion.RESP2 if resp2 else ProtocolVersion.RESP3,
        pubsub_subscriptions=subscriptions,
        inflight_requests_limit=INFLIGHT_LIMIT,
        advanced_config=AdvancedGlideClientConfiguration(
            connection_timeout=_connection_timeout(settings),
            tls_config=None if settings.tls is None else settings.tls.glide,
            tcp_nodelay=True,
            pubsub_reconciliation_interval=RECONCILIATION_MS,
        ),
        lazy_connect=True,
        # or GLIDE would ask for INFO first, and have nothing to do with a replica; what it takes
        # for a write and refuses in this mode goes in batches, which it does not look into; but
        # PSUBSCRIBE would never be sent.  A master that Sentinel named must still be one when
        # GLIDE reconnects to it
        read_only=subscriptions is None and not settings.follows_master,
        lib_name=settings.lib_name,
        client_info_tag=settings.info_tag,
    )


def _connection_timeout(settings: Settings) -> int:
    """How long one attempt of GLIDE's may take.  That the server can be reached has just been seen
    (``knock``): what may still take long are its answers, which have the caller's socket_timeout.
    """
    limit = milliseconds(settings.connect_timeout, CONNECT_FOR_EVER_MS)
    if settings.socket_timeout is None:
        return limit
    return min(limit, milliseconds(settings.socket_timeout + HANDSHAKE_SECONDS, limit))


def milliseconds(seconds: float | None, unlimited: int) -> int:
    """Seconds as GLIDE wants them: at least 1 ms, since GLIDE reads 0 as "the default"."""
    return unlimited if seconds is None else min(max(1, round(seconds * 1000)), FOR_EVER_MS)


def _plain(name: str) -> bool:
    """GLIDE takes printable ASCII without blanks and brackets as a library's name."""
    return bool(name) and all(
        "!" <= character <= "~" and character not in "()" for character in name
    )
