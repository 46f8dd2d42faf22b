"""What each method of redis-py becomes inside GLIDE: ``make coverage-native``.

``python -m tests.native_requests`` prints docs/NATIVE.md, ``--write`` writes it.  Every public
method of redis-py's core commands is called once on a client that sends nothing, so none can be
forgotten; what its command becomes is asked of the routes.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from glide_shared.protobuf.command_request_pb2 import RequestType
from redis.commands import core
from redis.exceptions import RedisError

import adapter
from adapter.translate import flow, raw
from adapter.translate.encoding import Encoder
from adapter.translate.plan import CUSTOM, Plan
from adapter.translate.routes import CUSTOMS, ROUTES, route
from tests.command_lines import recorded

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "NATIVE.md"
PINNED: Final = ("redis-7.2", "valkey-8.0")
"""The servers whose COMMAND LIST is counted."""


class Call(NamedTuple):
    """A call of a method that says no more than it must."""

    values: Sequence[Any] = ()
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed
    shown: str = ""


def call(*values: Any, **options: Any) -> Call:
    return Call(values, options)


def first(choice: str) -> Any:
    """The first of a choice that redis-py offers; older ones do not know them all."""
    return next(iter(getattr(core, choice, [None])))


FIELDS: Final = {"f": "v"}
EXAMPLES: Final[dict[str, list[Call]]] = {
    "ardelrange": [call("k", (0, 1))],
    "argrep": [call("k", 0, 1, [(first("ArrayPredicateType"), "v")])],
    "armset": [call("k", {0: "v"})],
    "arop": [call("k", 0, 1, first("ArrayAggregateOperations"))],
    "bitpos": [call("k", 1)],
    "bzmpop": [call(1, 1, ["k"], min=True)],
    "client_kill_filter": [call(_id="1")],
    "client_pause": [call(1)],
    "client_reply": [call("ON")],
    "eval": [call("return 1", 0)],
    "eval_ro": [call("return 1", 0)],
    "geoadd": [call("k", (1, 1, "m"))],
    "georadius": [call("k", 1, 1, 1), call("k", 1, 1, 1, store="d")._replace(shown="store=...")],
    "georadiusbymember": [
        call("k", "m", 1),
        call("k", "m", 1, store="d")._replace(shown="store=..."),
    ],
    "geosearch": [call("k", member="m", radius=1)],
    "geosearchstore": [call("d", "k", member="m", radius=1)],
    "hmset": [call("k", FIELDS)],
    "hotkeys_start": [call([first("HotkeysMetricsTypes")])],
    "hset": [call("k", mapping=FIELDS)],
    "hsetex": [call("k", mapping=FIELDS)],
    "mset": [call(FIELDS)],
    "msetex": [call(FIELDS)],
    "msetnx": [call(FIELDS)],
    "object": [call("ENCODING", "k")],
    "stralgo": [call("LCS", "a", "b")],
    "xadd": [call("k", FIELDS)],
    "xcfgset": [call("k", idmp_duration=1)],
    "xclaim": [
        call("k", "g", "c", 0, ["1-1"]),
        call("k", "g", "justid", 0, ["1-1"])._replace(shown='"justid" as a name'),
    ],
    "xnack": [call("k", "g", "FAIL", "1-1")],
    "xread": [call({"k": "0"}), call({"k": "0"}, block=1)._replace(shown="block=...")],
    "xreadgroup": [
        call("g", "c", {"k": ">"}),
        call("g", "c", {"k": ">"}, block=1)._replace(shown="block=..."),
    ],
    "xtrim": [call("k", maxlen=1)],
    "zadd": [call("k", {"m": 1})],
    "zmpop": [call(1, ["k"], min=True)],
    "zmscore": [call("k", ["m"])],
    "zrange": [call("k", 0, 1), call("withscores", 0, 1)._replace(shown='"withscores" as a key')],
}
"""The methods that want more than a ``1`` for everything they require."""

BY_ITSELF: Final = {
    "digest_local": "is computed, not asked for",
    "execute_command": "as the command that it names; an unknown one travels by `CustomCommand` "
    "on the plain lane",
    "himport_set": "asks redis-py's connections for their field sets; as raw words it travels by "
    "`CustomCommand`",
    "register_script": "sends nothing; its calls are EVALSHA",
    "bitfield": "sends nothing; `execute()` is BITFIELD, by `BitField`",
    "watch": "`Watch`, in a pipeline, on a borrowed connection",
    "unwatch": "`UnWatch`, in a pipeline, on a borrowed connection",
}
"""The methods that send no command of their own, or none that could be shown."""


class Said(BaseException):
    """The words of a command that was about to be sent."""

    def __init__(self, words: Sequence[Any]) -> None:
        self.words = words


class Mute(adapter.Redis):
    """A client that tells what it would send."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        raise Said(args)


MUTE: Final = Mute()


class Row(NamedTuple):
    """One line of the table."""

    method: str
    command: str
    request_type: str
    undone: str
    lane: str


def methods() -> list[str]:
    """Every public method of redis-py's core commands."""
    return [
        name
        for name, _ in inspect.getmembers(core.CoreCommands, callable)
        if not name.startswith("_") and not name.endswith("_internal")
    ]


def words_of(name: str, example: Call) -> Sequence[Any] | str:
    """What a method would send; or why it sends nothing."""
    method = getattr(MUTE, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = method(*example.values, **example.options)
            if inspect.isgenerator(found):
                next(found)
    except Said as said:
        return said.words
    except NotImplementedError:
        return "redis-py itself does not implement it"
    raise AssertionError(f"{name} sent nothing; it needs an example")


def example_of(name: str) -> Call:
    """A ``1`` for everything that a method requires."""
    values, options = [], {}
    for parameter in inspect.signature(getattr(MUTE, name)).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            values.append("1")
        elif parameter.kind is not parameter.VAR_KEYWORD and parameter.default is parameter.empty:
            if parameter.kind is parameter.KEYWORD_ONLY:
                options[parameter.name] = "1"
            else:
                values.append("1")
    return Call(values, options)


def rows() -> Iterator[Row]:
    """The table, a line for each method, and one more where its words decide."""
    for name in methods():
        if name in BY_ITSELF:
            yield Row(f"`{name}`", "", BY_ITSELF[name], "", "")
            continue
        for example in EXAMPLES.get(name) or [example_of(name)]:
            shown = f"`{name}`" + (f", {example.shown}" if example.shown else "")
            said = words_of(name, example)
            if isinstance(said, str):
                yield Row(shown, "", said, "", "")
                continue
            try:
                plan = placed(said)
            except RedisError as refusal:
                yield Row(shown, command_of(str(said[0]).split()), f"refused: {refusal}", "", "")
                continue
            words = [word.decode("utf-8", "replace") for word in plan.words]
            yield Row(shown, command_of(words), request_of(plan), undone(plan), lane(plan))


def placed(said: Sequence[Any]) -> Plan:
    """The plan of a command, a script's on the lane that its source deserves."""
    plan = flow.plan_of(said, Encoder(packed_by_hiredis=False))
    return MUTE.connection_pool.scripts.placed(plan)


def command_of(words: Sequence[str]) -> str:
    """The command's name, of one word or two."""
    two = " ".join(words[:2]).upper()
    return two if two.encode() in ROUTES else words[0].upper()


def request_of(plan: Plan) -> str:
    """The name of GLIDE's request type; of an untyped one, what it says if not the same."""
    kind, sent = plan.native
    if kind != CUSTOM:
        return f"`{RequestType.Name(kind)}`"
    if list(sent) == list(plan.words):
        return "`CustomCommand`"
    return "`CustomCommand`: by a script"


def undone(plan: Plan) -> str:
    """What is undone of GLIDE's conversion, in the words of the function that does it."""
    if plan.raw is raw.plain:
        return ""
    text = inspect.getdoc(plan.raw) or ""
    return text.partition("\n\n")[0].replace("\n", " ").replace("``", "`").replace("|", "\\|")


def lane(plan: Plan) -> str:
    return plan.lane.value


def pinned() -> list[str]:
    """Every command and subcommand of the pinned servers."""
    names = {name.replace("|", " ").upper() for server in PINNED for name in recorded(server)}
    containers = {name.partition(" ")[0] for name in names if " " in name}
    return sorted(name for name in names if name not in containers or name.encode() in ROUTES)


def untyped() -> dict[str, str]:
    """The commands of the pinned servers that travel without a typed request, and why."""
    found = {name: CUSTOMS[name] for name in pinned() if name in CUSTOMS}
    return found | {"LOLWUT": "GLIDE repaints the picture, so a script asks for it"}


def helps() -> list[str]:
    """Those of them that are help texts."""
    return [name for name in untyped() if name.endswith(" HELP")]


def refused() -> list[str]:
    """The commands of the pinned servers that no shared client can run."""
    found = []
    for name in pinned():
        try:
            route([*name.encode().split(), b"1"])
        except RedisError:
            found.append(name)
    return found


def document() -> str:
    """docs/NATIVE.md."""
    listed = {name: why for name, why in untyped().items() if name not in helps()}
    typed = len(pinned()) - len(untyped()) - len(refused())
    return "\n".join(
        [
            "# What travels natively",
            "",
            "For each method of redis-py: the command that it is, GLIDE's request type that carries"
            " it, what is undone of GLIDE's conversion of the reply before redis-py's own callback"
            " gives it its shape, and the connection (lane). Written by `make coverage-native`; a"
            " test keeps it true.",
            "",
            f"Redis 7.2 and Valkey 8.0 have {len(pinned())} commands and subcommands together:"
            f" {typed} have a typed request, {len(listed)} have none, {len(refused())} belong to"
            f" `pipeline()`, `pubsub()` and `monitor()`, and {len(helps())} are help texts.",
            "",
            "## Lanes",
            "",
            "- **shared**: the one RESP3 connection; calls that are made together share a batch,"
            " and one that may go along with a *plain* neighbour does.",
            "- **home**: that connection and no other, since the reply tells of it, or has shapes"
            " that only RESP3 has.",
            "- **plain**: a RESP2 connection, for whatever might answer with something that ends"
            " GLIDE's process over RESP3 or is lost there. A script travels here unless its source"
            " proves that it cannot (`adapter/translate/harmless.py`), and so does every command"
            " that nobody knows.",
            "- **blocking**: a borrowed connection, for what the server may hold back or what must"
            " not wait behind others.",
            "- **session**: the shared connection, singly: it changes that connection.",
            "",
            "## Without a typed request",
            "",
            *_table(["command", "why"], [[f"`{name}`", why] for name, why in listed.items()]),
            "",
            f"And the help texts, for which GLIDE has no types: {', '.join(helps())}.",
            "",
            "GEORADIUS and GEORADIUSBYMEMBER with STORE, and the old spellings of SET, LMOVE,"
            " GETRANGE and GEOSEARCH with arguments that the server refuses, keep their words too:"
            " an event or an error text would be another.",
            "",
            "## Methods",
            "",
            *_table(["method", "command", "request type", "undone", "lane"], rows()),
            "",
        ]
    )


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *(f"| {' | '.join(line)} |" for line in lines),
    ]


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(document(), encoding="utf-8")
    else:
        sys.stdout.write(document())
