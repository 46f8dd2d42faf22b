"""Functions: FCALL, and FUNCTION, which manages the libraries that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mock_backend.commands.helping import help_for
from mock_backend.errors import MisplacedWords
from mock_backend.errors import persistence as persistence_errors
from mock_backend.errors import scripting as errors
from mock_backend.kernel.context import Context
from mock_backend.kernel.scripts.functions import ENGINE, Library
from mock_backend.profile import Profile, Since
from mock_backend.replies import OK, Members, Pairs, Reply, Simple
from mock_backend.schema.binding import Run
from mock_backend.schema.command import Table
from mock_backend.schema.late import within
from mock_backend.scripting.cache import FLAGS
from mock_backend.scripting.engine import Registered
from mock_backend.store.glob import matches
from mock_backend.store.rdb import payload
from mock_backend.store.rdb.form import FUNCTION2, Corrupt
from mock_backend.store.rdb.words import Reader, Writer

functions = Table("scripting")

_CALL: Final = "noscript stale skip_monitor no_mandatory_keys movablekeys"
_POLICIES: Final = (b"FLUSH", b"APPEND", b"REPLACE")
_RENDERED: Final = """
FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
LOAD [REPLACE] <FUNCTION CODE>
    Create a new library with the given library name and code.
DELETE <LIBRARY NAME>
    Delete the given library.
LIST [LIBRARYNAME PATTERN] [WITHCODE]
    Return general information on all the libraries:
    * Library name
    * The engine used to run the Library
    * Library description
    * Functions list
    * Library code (if WITHCODE is given)
    It also possible to get only function that matches a pattern using LIBRARYNAME argument.
STATS
    Return information about the current function running:
    * Function name
    * Command used to run the function
    * Duration in MS that the function is running
    If no function is running, return nil
    In addition, returns a list of available engines.
KILL
    Kill the current running function.
FLUSH [ASYNC|SYNC]
    Delete all the libraries.
    When called without the optional mode argument, the behavior is determined by the
    lazyfree-lazy-user-flush configuration directive. Valid modes are:
    * ASYNC: Asynchronously flush the libraries.
    * SYNC: Synchronously flush the libraries.
DUMP
    Return a serialized payload representing the current libraries, can be restored using \
FUNCTION RESTORE command
RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]
    Restore the libraries represented by the given payload, it is possible to give a restore \
policy to
    control how to handle existing libraries (default APPEND):
    * FLUSH: delete all existing libraries.
    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.
    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace \
the old
      libraries with the new libraries (notice that even on this option there is a chance of \
failure
      in case of functions name collision with another library).
HELP
    Print this help.
"""
_NO_DESCRIPTION: Final = Since("7.2.0")


def _help(profile: Profile) -> str:
    described = "    * Library description\n"
    return _RENDERED.replace(described, "") if profile.has(_NO_DESCRIPTION) else _RENDERED


@functions.command(
    "FCALL function numkeys:callkeys [key [key ...]] [arg [arg ...]]",
    flags=_CALL,
    since="7.0.0",
)
def fcall(ctx: Context, function: bytes, keys: list[bytes], args: list[bytes] | None) -> Reply:
    """Invokes a function."""
    words = ctx.kernel.functions.words
    return ctx.kernel.functions.call(ctx, function, words, keys, args or [], read_only=False)


@functions.command(
    "FCALL_RO function numkeys:callkeys [key [key ...]] [arg [arg ...]]",
    flags=f"readonly {_CALL}",
    since="7.0.0",
)
def fcall_ro(ctx: Context, function: bytes, keys: list[bytes], args: list[bytes] | None) -> Reply:
    """Invokes a read-only function."""
    words = ctx.kernel.functions.words
    return ctx.kernel.functions.call(ctx, function, words, keys, args or [], read_only=True)


def _knowing(run: Run) -> Run:
    """``run``, after the function has been looked up: that there is none is said before anything
    else.
    """

    def found(ctx: Context, words: Sequence[bytes]) -> Reply:
        functions = ctx.kernel.functions
        functions.find(words[1])
        functions.words = words
        return run(ctx, words)

    return found


for command in functions:
    command.run = within(_knowing, command.run)

functions.container("FUNCTION", since="7.0.0", summary="A container for function commands.")


@functions.command(
    "FUNCTION LOAD [arg ...] function_code",
    container="FUNCTION",
    flags="write denyoom noscript",
    since="7.0.0",
)
def function_load(ctx: Context, args: list[bytes], function_code: bytes) -> Reply:
    """Creates a library.

    Reply: the library's name.
    """
    for word in args:
        if word.upper() != b"REPLACE":
            raise errors.unknown_load_option(word)
    name = ctx.kernel.functions.load(function_code, replace=bool(args))
    ctx.kernel.space.dirty += 1
    return name


@functions.command(
    "FUNCTION DELETE library_name", container="FUNCTION", flags="write noscript", since="7.0.0"
)
def function_delete(ctx: Context, library_name: bytes) -> Reply:
    """Deletes a library and its functions."""
    ctx.kernel.functions.delete(library_name)
    ctx.kernel.space.dirty += 1
    return OK


@functions.command(
    "FUNCTION FLUSH [arg ...]", container="FUNCTION", flags="write noscript", since="7.0.0"
)
def function_flush(ctx: Context, args: list[bytes]) -> Reply:
    """Deletes all libraries and functions.

    ASYNC and SYNC do the same here.
    """
    if len(args) > 1:
        raise MisplacedWords
    if args and args[0].upper() not in {b"ASYNC", b"SYNC"}:
        raise errors.function_flush_mode()
    ctx.kernel.functions.flush()
    ctx.kernel.space.dirty += 1
    return OK


@functions.command("FUNCTION LIST [arg ...]", container="FUNCTION", flags="noscript", since="7.0.0")
def function_list(ctx: Context, args: list[bytes]) -> Reply:
    """Returns information about all libraries."""
    pattern: bytes | None = None
    with_code = False
    words = iter(args)
    for word in words:
        if word.upper() == b"WITHCODE" and not with_code:
            with_code = True
        elif word.upper() == b"LIBRARYNAME" and pattern is None:
            pattern = next(words, None)
            if pattern is None:
                raise errors.library_name_missing()
        else:
            raise errors.unknown_list_argument(word)
    return [
        _library(library, with_code=with_code)
        for library in ctx.kernel.functions.libraries.values()
        if pattern is None or matches(pattern.lower(), library.name.lower())
    ]


def _library(library: Library, *, with_code: bool) -> Pairs:
    told = Pairs(
        (
            (b"library_name", library.name),
            (b"engine", ENGINE),
            (b"functions", [_function(each) for each in library.functions.values()]),
        )
    )
    if with_code:
        told.append((b"library_code", library.code))
    return told


def _function(function: Registered) -> Pairs:
    flags = [Simple(flag.encode()) for flag in FLAGS if flag in function.flags]
    return Pairs(
        (
            (b"name", function.name),
            (b"description", function.description),
            (b"flags", Members(flags)),
        )
    )


@functions.command(
    "FUNCTION STATS", container="FUNCTION", flags="noscript allow_busy", since="7.0.0"
)
def function_stats(ctx: Context) -> Reply:
    """Returns information about a function during execution.

    Errors: BUSY, if it is a script that runs.
    """
    kernel = ctx.kernel
    run = kernel.scripts.running
    running = None
    if run is not None:
        if run.kind != "FUNCTION":
            raise errors.busy(run.kind)
        running = Pairs(
            (
                (b"name", run.name),
                (b"command", list(run.words)),
                (b"duration_ms", run.duration_ms),
            )
        )
    counts = Pairs(
        (
            (b"libraries_count", len(kernel.functions.libraries)),
            (b"functions_count", kernel.functions.count),
        )
    )
    return Pairs(((b"running_script", running), (b"engines", Pairs(((ENGINE, counts),)))))


@functions.command(
    "FUNCTION KILL", container="FUNCTION", flags="noscript allow_busy", since="7.0.0"
)
def function_kill(ctx: Context) -> Reply:
    """Terminates a function during execution."""
    ctx.kernel.scripts.kill("FUNCTION")
    return OK


@functions.command("FUNCTION DUMP", container="FUNCTION", flags="noscript", since="7.0.0")
def function_dump(ctx: Context) -> Reply:
    """Dumps all libraries into a serialized binary payload."""
    form = ctx.kernel.persistence.form
    out = Writer(form)
    for code in ctx.kernel.functions.codes():
        out.byte(FUNCTION2)
        out.string(code)
    return payload.seal(bytes(out.out), form.version)


@functions.command(
    "FUNCTION RESTORE serialized_value [arg ...]",
    container="FUNCTION",
    flags="write denyoom noscript",
    since="7.0.0",
)
def function_restore(ctx: Context, serialized_value: bytes, args: list[bytes]) -> Reply:
    """Restores all libraries from a payload."""
    if len(args) > 1:
        raise MisplacedWords
    policy = args[0].upper() if args else b"APPEND"
    if policy not in _POLICIES:
        raise errors.restore_policy()
    persistence = ctx.kernel.persistence
    try:
        body = payload.unseal(serialized_value, persistence.form, checked=persistence.checked)
    except Corrupt:
        raise persistence_errors.unreadable_dump() from None
    ctx.kernel.functions.restore(_codes(body), policy)
    ctx.kernel.space.dirty += 1
    return OK


def _codes(body: bytes) -> list[bytes]:
    """The libraries of a payload."""
    data = Reader(body)
    codes = []
    while data.at < len(body):
        if data.byte() != FUNCTION2:
            raise errors.not_a_function()
        try:
            codes.append(data.string())
        except Corrupt:
            raise errors.unreadable_functions() from None
    return codes


help_for(functions, "FUNCTION", since="7.0.0", text=_help)
