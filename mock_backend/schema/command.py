"""One command: its usage, its handler, and the facts derived from them.

``Table`` is the touch-point: one decorated function is one command.  The decorator compares the
names of the usage line with the handler's parameters, so that schema and code cannot drift apart.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeVar

from mock_backend import errors
from mock_backend.profile import Marked, Profile, Since
from mock_backend.replies import ReplyError
from mock_backend.schema.binding import (
    KeysOf,
    Look,
    Run,
    compile_keys,
    compile_run,
    is_fixed,
    minimum,
    parameters,
)
from mock_backend.schema.gating import gates, pruned
from mock_backend.schema.late import within
from mock_backend.schema.usage import Usage, UsageError, read

FLAGS: Final = (
    "write readonly denyoom admin pubsub noscript blocking loading stale skip_monitor skip_slowlog"
    " skip_commandlog asking fast no_auth may_replicate no_mandatory_keys protected"
    " no_async_loading no_multi movablekeys allow_busy"
).split()
"""Every flag, in the order in which COMMAND INFO prints them."""

CATEGORIES: Final = (
    "keyspace read write set sortedset list hash string bitmap hyperloglog geo stream pubsub admin"
    " fast slow blocking dangerous connection transaction scripting"
).split()
"""Every ACL category, in the order in which ACL CAT prints them."""

MAY_REPLICATE: Final = frozenset("eval evalsha fcall pfcount publish spublish".split())
"""They do not count as writing, but replicas may hear of them; COMMAND INFO does not tell which."""

NONE_COUNTED: Final = [0] * 64
"""The ``latencies`` of a command that nobody has called."""

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(slots=True, eq=False)
class Command:
    """A command as the kernel sees it; each kernel has copies of its own, to count on."""

    name: str
    """In lower case; a subcommand's is ``container|name``."""
    group: str
    usage: Usage
    arity: int
    """The number of words, name included; negative: at least so many."""
    flags: frozenset[str]
    categories: frozenset[str]
    since: Since
    summary: str
    run: Run
    keys: KeysOf
    subcommands: dict[bytes, Command] = field(default_factory=dict)
    """By lower-case name; empty unless this is a container."""
    least: int = 0
    most: int = sys.maxsize
    """Bounds on the number of words."""
    given_up: int = 0
    """Calls that have waited until their time was over."""
    nanoseconds: int = 0
    """What all the others took."""
    latencies: list[int] = field(default_factory=list)
    """Calls by the number of bits of their nanoseconds; each kernel counts in a list of its own."""
    looks: int = -1
    """How it looks keys up to read them (kernel/lookups.py); -1: nobody has asked yet."""
    failed: int = 0
    rejected: int = 0
    writes: bool = field(init=False)
    noscript: bool = field(init=False)
    """Two flags that are asked for at every call."""
    gates: frozenset[Since] = frozenset()
    """Since when parts of the usage line, flags and the like are there."""
    variants: dict[frozenset[Since], Command] = field(default_factory=dict)
    """The command as those have it who lack some of it; made when one is asked for."""
    remade: Callable[[frozenset[Since]], Command] | None = None
    """The same command without what came with these."""

    def __post_init__(self) -> None:
        self.writes = "write" in self.flags
        self.noscript = "noscript" in self.flags

    def twin(self) -> Command:
        """A copy for one kernel, to count on."""
        twin = Command(*_given(self))
        twin.subcommands = {}
        twin.latencies = NONE_COUNTED.copy()
        return twin

    @property
    def calls(self) -> int:
        """How often it was called."""
        return self.given_up + sum(self.latencies)

    @property
    def usec(self) -> int:
        """What all the calls took, in microseconds."""
        return self.nanoseconds // 1000

    def under(self, profile: Profile) -> Command:
        """The command as that server has it: itself, unless something is marked that it lacks."""
        if not self.gates or self.remade is None:
            return self
        missing = frozenset(since for since in self.gates if not profile.has(since))
        if not missing:
            return self
        if missing not in self.variants:
            self.variants[missing] = self.remade(missing)
        return self.variants[missing]


_given: Final = attrgetter(*(each.name for each in fields(Command) if each.init))


class Table:
    """The commands of one group, in the order in which they are defined."""

    def __init__(self, group: str, category: str | None = None) -> None:
        self.group = group
        self._category = group if category is None else category
        self.commands: list[Command] = []

    def __iter__(self) -> Iterator[Command]:
        return iter(self.commands)

    def command(
        self,
        usage: str,
        *,
        flags: str,
        since: str,
        categories: str = "",
        arity: int | str | None = None,
        most: int | None = None,
        keys: KeysOf | None = None,
        container: str = "",
        malformed: Callable[[], Exception] = errors.syntax,
        look: Look | None = None,
        first: Look | None = None,
        always: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Makes the decorated function the handler of ``usage``.

        ``categories`` are ACL categories beyond those that follow from group and flags.  ``arity``
        is given where the server's own does not follow from the usage line, ``most`` where it
        calls too many words a wrong number and not a syntax error (LPOP), ``keys`` where the keys
        cannot be seen in it (SORT ... STORE).  ``container`` names the container (``"CLIENT"``)
        if ``usage`` begins with one.  ``malformed`` is said of words that do not fit the line.
        ``look`` is what the server does with the keys behind ``numkeys`` before it reads on.
        ``first`` reads the words that the server reads before all others: where anything is wrong
        with the call, its error is the one that is said; ``always`` also where nothing seems to be,
        because an option that is given twice hides the first.
        Words of the line, of flags and of categories may be marked ``@since``, those of flags and
        categories ``~until`` as well, and so may the numbers of an ``arity`` that has several:
        each profile gets its own.

        Errors: ``UsageError``, if the usage line cannot be read, names other parameters than the
        handler has, or a flag is unknown.
        """

        def register(handler: Handler) -> Handler:
            tree = read(usage, words_in_name=2 if container else 1)
            _check_parameters(tree, handler)
            all_flags, more = _marked(flags), _marked(categories)
            if unknown := {flag.name for flag in all_flags}.difference(FLAGS):
                raise UsageError(f"{usage!r}: no such flags: {', '.join(sorted(unknown))}")
            arities = _marked("" if arity is None else str(arity))
            marks = [mark for each in (*all_flags, *more, *arities) for mark in each.marks]
            name = "|".join(tree.name).lower()

            def made(missing: frozenset[Since]) -> Command:
                line = pruned(tree, missing) if missing else tree
                stated = [int(each.name) for each in arities if each.among(missing)]
                derived = stated[0] if stated else derive_arity(line)
                names = frozenset(each.name for each in all_flags if each.among(missing))
                others = [each.name for each in more if each.among(missing)]
                whole = tree if missing else None
                bound = None if container else most
                run = compile_run(line, name, handler, malformed, look, whole, bound)
                if first is not None:
                    run = within(partial(_reading_first, first, always), run)
                if container:
                    run = within(partial(_naming_itself, container, most, first), run)
                return Command(
                    name=name,
                    group=self.group,
                    usage=line,
                    arity=derived,
                    flags=names,
                    categories=derive_categories(self._category, names, others),
                    since=Since(since),
                    summary=_first_paragraph(inspect.getdoc(handler) or ""),
                    run=run,
                    keys=keys or compile_keys(line, name),
                    least=abs(derived),
                    most=derived if derived > 0 else sys.maxsize,
                )

            command = made(frozenset())
            command.gates = frozenset([*gates(tree.nodes), *marks])
            command.remade = made
            self.commands.append(command)
            return handler

        return register

    def container(self, name: str, *, since: str, summary: str, flags: str = "") -> None:
        """A command that only holds subcommands; called alone it says ``wrong number of
        arguments``.
        """
        tree = read(f"{name} [arg ...]")

        def alone(ctx: object, args: list[bytes]) -> None:
            raise errors.wrong_arity(name.lower())

        self.commands.append(
            Command(
                name=name.lower(),
                group=self.group,
                usage=tree,
                arity=-2,
                flags=frozenset(flags.split()),
                categories=derive_categories("", frozenset(flags.split()), ()),
                since=Since(since),
                summary=summary,
                run=compile_run(tree, name.lower(), alone),
                keys=lambda words: [],
                least=2,
            )
        )


def _marked(words: str) -> list[Marked]:
    return [Marked.read(word) for word in words.split()]


def _first_paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def derive_arity(usage: Usage) -> int:
    """The server's arity: the words of the line with its name, negative if there can be more."""
    least = len(usage.name) + minimum(usage.nodes)
    return least if is_fixed(usage.nodes) else -least


def derive_categories(group: str, flags: frozenset[str], more: Sequence[str]) -> frozenset[str]:
    """The ACL categories (acl.c, setImplicitACLCategories): the group's own, and what the flags
    imply.
    """
    categories = {group, *more}
    if "write" in flags:
        categories.add("write")
    if "readonly" in flags and "scripting" not in categories:
        categories.add("read")
    if "admin" in flags:
        categories |= {"admin", "dangerous"}
    if "pubsub" in flags:
        categories.add("pubsub")
    if "blocking" in flags:
        categories.add("blocking")
    categories.add("fast" if "fast" in flags else "slow")
    return frozenset(categories - {""})


def _check_parameters(usage: Usage, handler: Callable[..., Any]) -> None:
    wanted = parameters(usage)
    have = list(inspect.signature(handler).parameters)[1:]
    if wanted != have:
        raise UsageError(f"{usage.line!r} hands on {wanted}, but {handler.__name__} takes {have}")


def _reading_first(first: Look, always: bool, run: Run) -> Run:
    """``run``, with errors in the order in which the server reads."""

    def reading(ctx: Any, words: Sequence[bytes]) -> Any:
        if always:
            first(ctx, words)
        try:
            return run(ctx, words)
        except ReplyError:
            first(ctx, words)
            raise

    return reading


def _naming_itself(container: str, most: int | None, first: Look | None, run: Run) -> Run:
    """``run``, saying of words it cannot place which subcommand it is, as the client spelt it."""

    def named(ctx: Any, words: Sequence[bytes]) -> Any:
        try:
            if most is not None and len(words) > most:
                if first is not None:
                    first(ctx, words)
                raise errors.MisplacedWords
            return run(ctx, words)
        except errors.MisplacedWords:
            raise errors.wrong_subcommand_arity(words[1], container) from None

    return named
