"""TLS: redis-py's ``ssl_*`` keywords with certificates of our own making, beside redis-py."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import adapter
import adapter.asyncio
from tests.targets import Missing, free_port, program, running

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ONCE = Retry(NoBackoff(), 0)


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """``ca.pem`` and, signed by it, ``server.pem`` for localhost and ``client.pem``; with keys."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    made: Path = tmp_path_factory.mktemp("tls")
    names = made / "names"
    names.write_text("subjectAltName=DNS:localhost")
    new = ("-newkey", "rsa:2048", "-nodes")
    authority = ("-keyout", made / "ca.key", "-out", made / "ca.pem")
    openssl("req", "-x509", *new, "-days", 2, "-subj", "/CN=ca", *authority)
    for who in ("server", "client"):
        request = made / f"{who}.csr"
        openssl("req", *new, "-subj", f"/CN={who}", "-keyout", made / f"{who}.key", "-out", request)
        signer = ("-CA", made / "ca.pem", "-CAkey", made / "ca.key", "-CAcreateserial")
        written = ("-days", 2, "-extfile", names, "-out", made / f"{who}.pem")
        openssl("x509", "-req", "-in", request, *signer, *written)
    (made / "both.pem").write_text(
        (made / "client.pem").read_text() + (made / "client.key").read_text()
    )
    return made


@pytest.fixture(scope="module", params=["no", "yes"], ids=["any client", "known clients"])
def address(request, folder) -> Iterator[dict[str, Any]]:
    """A server that speaks TLS, and asks for a client's certificate or does not."""
    try:
        program("redis")
    except Missing as missing:
        pytest.skip(str(missing))
    port = free_port()
    files = ("--tls-cert-file", folder / "server.pem", "--tls-key-file", folder / "server.key")
    wanted = ("--tls-ca-cert-file", folder / "ca.pem", "--tls-auth-clients", request.param)
    with running("redis", "--tls-port", str(port), *map(str, (*files, *wanted))):
        yield {"host": "localhost", "port": port, "ssl": True, "retry": ONCE}


def keywords(folder: Path) -> dict[str, dict[str, Any]]:
    authority = str(folder / "ca.pem")
    client = {"ssl_certfile": str(folder / "client.pem"), "ssl_keyfile": str(folder / "client.key")}
    return {
        "unverified": {"ssl_cert_reqs": "none"},
        "an authority": {"ssl_ca_certs": authority},
        "an authority as text": {"ssl_ca_data": Path(authority).read_text()},
        "a certificate": {"ssl_ca_certs": authority, **client},
        "a certificate with its key": {
            "ssl_ca_certs": authority,
            "ssl_certfile": str(folder / "both.pem"),
        },
        "unverified with a certificate": {"ssl_cert_reqs": "none", **client},
        "nothing": {},
        "another name": {"ssl_ca_certs": authority, "host": "127.0.0.1", **client},
        "no such file": {"ssl_ca_certs": "/none"},
        "no such database": {"ssl_ca_certs": authority, "db": 99, **client},
    }


CASES = (
    "unverified",
    "an authority",
    "an authority as text",
    "a certificate",
    "a certificate with its key",
    "unverified with a certificate",
    "nothing",
    "another name",
    "no such file",
    "no such database",
)


BEFORE_THE_SERVER_HAS_A_SAY = ("CERTIFICATE_VERIFY_FAILED", "No such file", "DB index")


def outcome(library: Any, asked: dict[str, Any]) -> Any:
    """PING's answer, or the error's class and words."""
    with library.Redis(**asked) as client:
        try:
            return client.ping()
        except Exception as error:
            return type(error), str(error)


@pytest.mark.parametrize("case", CASES)
def test_what_is_let_in_is_what_redis_py_lets_in(case, address, folder):
    asked = {**address, **keywords(folder)[case]}
    theirs, ours = outcome(redis, asked), outcome(adapter, asked)

    if theirs is True or any(words in theirs[1] for words in BEFORE_THE_SERVER_HAS_A_SAY):
        assert ours == theirs
    else:
        # it hangs up after the handshake: what is met then depends on who writes first
        assert issubclass(ours[0], redis.ConnectionError)


async def test_an_event_loop_speaks_tls(address, folder):
    asked = {**address, **keywords(folder)["a certificate"]}
    asked["retry"] = redis.asyncio.retry.Retry(NoBackoff(), 0)
    async with adapter.asyncio.Redis(**asked) as client:
        assert await client.ping() is True
        assert await client.blpop("none", 0.01) is None
    async with adapter.asyncio.Redis(**{**asked, "host": "127.0.0.1"}) as client:
        with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.ping()
