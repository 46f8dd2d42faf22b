"""redis-py's keywords: mapped, emulated, ignored or refused, and none forgotten."""

import asyncio
import inspect
import ssl

import pytest
import redis
import redis.asyncio
from glide_shared.config import GlideClientConfiguration, ProtocolVersion

import adapter
import adapter.asyncio
from adapter.connect import options
from adapter.connect.options import FOR_EVER_MS, KEYWORDS, NotSupportedError
from adapter.connect.stand_in import reader_of
from tests import keyword_table

since_8 = pytest.mark.skipif(redis.VERSION < (8,), reason="redis-py knows fewer keywords before")
CLIENTS = pytest.mark.parametrize("make", [adapter.Redis, adapter.asyncio.Redis], ids=str)


def settings(**kwargs: object) -> options.Settings:
    client = adapter.Redis(**kwargs)
    return reader_of(client.connection_pool)()


def configured(**kwargs: object) -> GlideClientConfiguration:
    return options.configuration(settings(**kwargs))


CONSTRUCTORS = [
    redis.Redis,
    redis.asyncio.Redis,
    redis.ConnectionPool,
    redis.BlockingConnectionPool,
    redis.asyncio.ConnectionPool,
    redis.asyncio.BlockingConnectionPool,
    redis.connection.AbstractConnection,
    redis.Connection,
    redis.SSLConnection,
    redis.UnixDomainSocketConnection,
    redis.asyncio.connection.AbstractConnection,
    redis.asyncio.Connection,
    redis.asyncio.SSLConnection,
    redis.asyncio.UnixDomainSocketConnection,
]
"""Who takes keywords; ``from_url`` hands its query options to them."""
URL_OPTIONS = {
    *redis.connection.URL_QUERY_ARGUMENT_PARSERS,
    *redis.asyncio.connection.URL_QUERY_ARGUMENT_PARSERS,
}


@pytest.mark.parametrize(
    "constructor",
    CONSTRUCTORS,
    ids=lambda constructor: f"{constructor.__module__}.{constructor.__name__}",
)
def test_the_table_knows_every_keyword_of_redis_py(constructor):
    passed_on = {"self", "kwargs", "connection_kwargs"}
    keywords = set(inspect.signature(constructor.__init__).parameters) - passed_on

    assert keywords - set(KEYWORDS) - INTERNAL - OLD == set()
    assert URL_OPTIONS - set(KEYWORDS) == set()


INTERNAL = {
    "maint_notifications_pool_handler",
    "maintenance_state",
    "maintenance_notification_hash",
    "orig_host_address",
    "orig_socket_timeout",
    "orig_socket_connect_timeout",
}
"""What redis-py's pools tell their connections; no caller does."""
OLD = {"charset", "errors"}
"""What redis-py 5 makes ``encoding`` and ``encoding_errors`` of."""


@since_8
def test_no_keyword_that_redis_py_never_had_stands_in_the_table():
    known = set().union(
        *(inspect.signature(one.__init__).parameters for one in CONSTRUCTORS), URL_OPTIONS
    )

    assert set(KEYWORDS) - known - {"timeout"} == set()


def test_the_document_says_of_every_keyword_what_the_table_says():
    assert keyword_table.written() == keyword_table.document()


def test_what_glide_is_created_with():
    wanted = configured(
        host="db.example", port=7000, db=3, username="ann", password="pw", client_name="me"
    )

    assert (wanted.addresses[0].host, wanted.addresses[0].port) == ("db.example", 7000)
    assert (wanted.database_id, wanted.client_name) == (3, "me")
    assert wanted.credentials is not None
    assert (wanted.credentials.username, wanted.credentials.password) == ("ann", "pw")
    assert wanted.protocol is ProtocolVersion.RESP3
    assert wanted.lazy_connect is True
    assert not wanted.use_tls


@pytest.mark.parametrize(
    ("seconds", "milliseconds"),
    [(None, FOR_EVER_MS), (0.25, 250), (10, 10_000), (0.0001, 1), (1e12, FOR_EVER_MS)],
)
def test_glides_own_time_limit_of_250_ms_never_bites(seconds, milliseconds):
    wanted = configured(socket_timeout=seconds)

    assert wanted.request_timeout == milliseconds


def test_a_waiting_connection_has_no_time_limit_and_a_plain_one_speaks_resp2():
    given = settings(socket_timeout=1)

    assert options.configuration(given, waiting=True).request_timeout == FOR_EVER_MS
    assert options.configuration(given, resp2=True).protocol is ProtocolVersion.RESP2


def test_a_credential_provider_is_asked_for_every_connection():
    class Rotating(redis.CredentialProvider):
        asked = 0

        def get_credentials(self):
            Rotating.asked += 1
            return "user", f"password-{Rotating.asked}"

    given = settings(credential_provider=Rotating())

    assert given.credentials() == ("user", "password-1")
    assert given.credentials() == ("user", "password-2")


@since_8
def test_a_library_in_between_is_named_to_the_server():
    named = settings(driver_info=redis.DriverInfo(name="shop"))
    tagged = settings(driver_info=redis.DriverInfo().add_upstream_driver("django-redis", "5.4.0"))

    assert named.library == ("shop", redis.__version__)
    assert tagged.library == ("redis-py(django-redis_v5.4.0)", redis.__version__)
    assert (settings().library, settings(driver_info=None).library) == (None, ("", ""))
    assert (named.lib_name, named.info_tag) == ("shop", None)
    assert (tagged.lib_name, tagged.info_tag) == (None, "django-redis_v5.4.0")


@CLIENTS
@pytest.mark.parametrize(
    ("keywords", "advice"),
    [
        ({"ssl": True, "ssl_ciphers": "AES256-SHA"}, "leave ssl_ciphers out"),
        pytest.param(
            {"ssl": True, "ssl_password": "pw"}, "decrypt the key file first", marks=since_8
        ),
        pytest.param(
            {"ssl": True, "ssl_check_hostname": False},
            "leave ssl_check_hostname on",
            # before, False is the default, and more is checked than was asked for
            marks=since_8,
        ),
        ({"redis_connect_func": print}, "GLIDE opens its connections itself"),
    ],
    ids=lambda value: next(reversed(value)) if isinstance(value, dict) else "",
)
def test_what_glide_cannot_do_is_refused_with_advice_once_it_is_to_be_done(make, keywords, advice):
    client = make(**keywords)

    with pytest.raises(NotSupportedError, match=advice):
        asyncio.run(ping(client))


async def ping(client: object) -> None:
    answer = client.ping()
    if inspect.isawaitable(answer):
        await answer


@CLIENTS
@pytest.mark.parametrize(
    "keywords",
    [
        {"ssl": True},
        {"ssl": True, "ssl_cert_reqs": "none", "ssl_check_hostname": False},
        {"ssl": True, "ssl_min_version": ssl.TLSVersion.TLSv1_2},
        {"socket_keepalive": False, "health_check_interval": 30},
        pytest.param({"socket_read_size": 1}, marks=since_8),
    ],
    ids=str,
)
def test_what_asks_for_nothing_special_is_accepted(make, keywords):
    assert make(**keywords)


@CLIENTS
def test_an_unknown_keyword_is_redis_pys_type_error(make):
    with pytest.raises(TypeError, match="unexpected keyword argument 'hostt'"):
        make(hostt="x")


@CLIENTS
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://localhost", "Redis URL must specify one of the following schemes"),
        ("redis://localhost?socket_timeout=soon", "Invalid value for 'socket_timeout'"),
    ],
)
def test_a_bad_url_is_redis_pys_value_error(make, url, message):
    with pytest.raises(ValueError, match=message):
        make.from_url(url)


def test_a_url_carries_every_option():
    client = adapter.Redis.from_url(
        "rediss://ann:p%40w@db.example:7000/4?socket_timeout=2.5&client_name=me&ssl_cert_reqs=none"
    )
    given = reader_of(client.connection_pool)()

    assert (given.host, given.port, given.db) == ("db.example", 7000, 4)
    assert (given.username, given.password) == ("ann", "p@w")
    assert (given.socket_timeout, given.client_name) == (2.5, "me")
    assert given.tls is not None
    assert given.tls.glide.use_insecure_tls
