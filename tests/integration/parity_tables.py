"""All the calls of the parity tests, by group."""

from __future__ import annotations

from tests.integration.parity_calls import Exchange
from tests.integration.parity_calls_client import CLIENT, PIPELINE
from tests.integration.parity_calls_company import LOCKS, PUBSUB, WATCHING
from tests.integration.parity_calls_errors import ERRORS
from tests.integration.parity_calls_hashes import HASHES, HYPERLOGLOGS
from tests.integration.parity_calls_keys import EXPIRY, KEYS, SCANS, SORTING
from tests.integration.parity_calls_lists import LISTS, SETS
from tests.integration.parity_calls_modules import MODULES, SENTINEL
from tests.integration.parity_calls_newer import ARRAYS, FIELD_EXPIRY, NEWER
from tests.integration.parity_calls_scripting import FUNCTIONS, SCRIPTS, TRANSACTIONS
from tests.integration.parity_calls_server import COMMANDS, CONNECTION, SERVER, USERS
from tests.integration.parity_calls_sorted_sets import PLACES, RANGES, SORTED_SETS
from tests.integration.parity_calls_streams import GROUPS, STREAMS
from tests.integration.parity_calls_strings import BITS, STRINGS

CALLS: dict[str, list[Exchange]] = {
    "strings": STRINGS,
    "bits": BITS,
    "keys": KEYS,
    "expiry": EXPIRY,
    "scans": SCANS,
    "sorting": SORTING,
    "lists": LISTS,
    "sets": SETS,
    "hashes": HASHES,
    "hyperloglogs": HYPERLOGLOGS,
    "sorted sets": SORTED_SETS,
    "ranges": RANGES,
    "places": PLACES,
    "streams": STREAMS,
    "groups": GROUPS,
    "scripts": SCRIPTS,
    "functions": FUNCTIONS,
    "transactions": TRANSACTIONS,
    "watching": WATCHING,
    "locks": LOCKS,
    "pub/sub": PUBSUB,
    "connection": CONNECTION,
    "server": SERVER,
    "commands": COMMANDS,
    "users": USERS,
    "errors": ERRORS,
    "field expiry": FIELD_EXPIRY,
    "newer": NEWER,
    "arrays": ARRAYS,
    "modules": MODULES,
    "sentinel": SENTINEL,
    "client": CLIENT,
    "pipeline": PIPELINE,
}
