"""redis-py's ``ssl_*`` keywords: for GLIDE, and for the knock at the door that comes before it."""

from __future__ import annotations

import glob
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glide_shared.config import TlsAdvancedConfiguration


@dataclass(frozen=True, slots=True)
class Tls:
    """The same wishes twice."""

    glide: TlsAdvancedConfiguration
    context: ssl.SSLContext


def tls(kwargs: Mapping[str, Any]) -> Tls:
    """What is asked of a connection.

    Errors: OSError, if a file cannot be read, or is not what it should be.
    """
    return Tls(_for_glide(kwargs), _context(kwargs))


def unverified(kwargs: Mapping[str, Any]) -> bool:
    """Whether any certificate is good enough."""
    return kwargs.get("ssl_cert_reqs", "required") in ("none", ssl.CERT_NONE, None)


def _context(kwargs: Mapping[str, Any]) -> ssl.SSLContext:
    """As redis-py's ``SSLConnection`` makes it."""
    context = ssl.create_default_context()
    if unverified(kwargs):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = kwargs.get("ssl_certfile"), kwargs.get("ssl_keyfile")
    if certificate:
        context.load_cert_chain(certificate, key)
    places = [kwargs.get(name) for name in ("ssl_ca_certs", "ssl_ca_path", "ssl_ca_data")]
    if any(place is not None for place in places):
        context.load_verify_locations(*places)
    return context


def _for_glide(kwargs: Mapping[str, Any]) -> TlsAdvancedConfiguration:
    """GLIDE wants the certificates' text where redis-py takes the names of files."""
    authorities = b""
    if kwargs.get("ssl_ca_certs"):
        authorities += _content(kwargs["ssl_ca_certs"])
    if kwargs.get("ssl_ca_path"):
        for path in sorted(glob.glob(os.path.join(kwargs["ssl_ca_path"], "*"))):
            if os.path.isfile(path):
                authorities += _content(path)
    if data := kwargs.get("ssl_ca_data"):
        authorities += (
            data.encode() if isinstance(data, str) else ssl.DER_cert_to_PEM_cert(data).encode()
        )
    certificate, key = kwargs.get("ssl_certfile"), kwargs.get("ssl_keyfile")
    return TlsAdvancedConfiguration(
        use_insecure_tls=True if unverified(kwargs) else None,
        root_pem_cacerts=authorities or None,
        client_cert_pem=_content(certificate) if certificate else None,
        # redis-py, as ssl.load_cert_chain: a certificate's file may hold its key as well
        client_key_pem=_content(key or certificate) if certificate else None,
    )


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read() + b"\n"
