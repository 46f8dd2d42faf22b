"""MIGRATE: keys go to another server.  The conversation with it is in kernel/migration.py."""

from __future__ import annotations

import re
from typing import Final

from mock_backend import errors
from mock_backend.errors import persistence as persistence_errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.migration import Journey, Migration, Traveller
from mock_backend.replies import Reply, Simple
from mock_backend.schema import types
from mock_backend.schema.command import Table

migrating = Table("generic", "keyspace")

_NO_KEY: Final = Simple(b"NOKEY")
_LEADING_NUMBER: Final = re.compile(rb"\s*[+-]?[0-9]+").match
_DEFAULT_TIMEOUT: Final = 1000


@migrating.command(
    # [COPY] [REPLACE] [AUTH password | AUTH2 username password] [KEYS key [key ...]]
    "MIGRATE host port name destination-db timeout [arg ...]",
    flags="write movablekeys",
    since="2.6.0",
    categories="dangerous",
)
def migrate(
    ctx: Context,
    host: bytes,
    port: bytes,
    name: bytes,
    destination_db: bytes,
    timeout: bytes,
    args: list[bytes],
) -> Reply:
    """Atomically transfers a key from one instance to another.

    Reply: OK; NOKEY if there is nothing to transfer.  Errors: IOERR, if the other server is not
    there or goes silent for ``timeout`` milliseconds; what the other server says.
    """
    copies, replaces, credentials, keys = _options(name, args)
    patience = types.integer(timeout)
    database = types.integer(destination_db)
    if patience <= 0:
        patience = _DEFAULT_TIMEOUT
    travellers = [
        Traveller(
            key,
            ctx.kernel.persistence.dump(value, ctx.db.kept_as(key)),
            ctx.db.expiry_ms(key),
        )
        for key in keys
        if (value := ctx.db.get(key, object)) is not None
    ]
    if not travellers:
        return _NO_KEY
    number = _number(port)
    if number < 0:
        raise persistence_errors.no_connection_to_target()
    journey = Journey(
        host.decode("utf-8", "replace"), number & 0xFFFF, database, credentials, copies, replaces
    )
    migration = Migration(ctx.kernel, ctx.db, journey, travellers)
    if ctx.atomic:
        return migration.perform(patience / 1000)
    return migration.begin(ctx.session, patience / 1000)


def _options(name: bytes, args: list[bytes]) -> tuple[bool, bool, list[bytes], list[bytes]]:
    """``(copies, replaces, credentials, keys)``."""
    copies = replaces = False
    credentials: list[bytes] = []
    at = 0
    while at < len(args):
        option = args[at].lower()
        more = len(args) - at - 1
        if option == b"copy":
            copies = True
        elif option == b"replace":
            replaces = True
        elif option == b"auth" and more:
            credentials = (
                [*credentials[:-1], args[at + 1]] if len(credentials) == 2 else [args[at + 1]]
            )
            at += 1
        elif option == b"auth2" and more >= 2:
            credentials = args[at + 1 : at + 3]
            at += 2
        elif option == b"keys":
            if name:
                raise errors.err(
                    "When using MIGRATE KEYS option, the key argument must be set to the empty"
                    " string"
                )
            return copies, replaces, credentials, args[at + 1 :]
        else:
            raise errors.syntax()
        at += 1
    return copies, replaces, credentials, [name]


def _number(word: bytes) -> int:
    """As ``atoi`` reads it."""
    found = _LEADING_NUMBER(word)
    return int(found.group()) if found else 0
