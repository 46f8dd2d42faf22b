"""How a batch gets into GLIDE's core by the shortest way: one block of memory for a small one, six
for any other.

GLIDE's own ``exec`` makes three C structures and three lists for every command, and a pointer for
every word.  Here the words of a batch are joined into one block and pointed into; the core has
copied them when its function returns.  As ``pump``, this leans on private names of GLIDE's clients;
where something does not fit, or OpenTelemetry wants to see every batch, GLIDE's own way is taken.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from itertools import accumulate, chain
from typing import Any, Protocol

from glide_shared.commands.batch import Batch
from glide_shared.commands.batch_options import BatchOptions
from glide_shared.exceptions import ClosingError

from adapter.translate.plan import Native

WORD = 8
"""Bytes of a pointer and of a size; the layout below holds where both have so many."""
LAYOUT: dict[str, tuple[int, dict[str, int]]] = {
    "CmdInfo": (32, {"request_type": 0, "args": 8, "arg_count": 16, "args_len": 24}),
    "BatchInfo": (24, {"cmd_count": 0, "cmds": 8, "is_atomic": 16}),
}
"""What a batch looks like to the core: sizes of its structures, and where their fields are."""
COMMAND = LAYOUT["CmdInfo"][0]
KNOWN_AT_MOST = 100
SCRATCH_BYTES = 16 * 1024
SCRATCH_NUMBERS = 400
"""How long the words of a batch may be together, and how many pointers, sizes and the like it may
have, to be packed in memory that is there: some fifty commands.
"""
SCRATCH_TEXT = SCRATCH_NUMBERS * WORD
IDLE_SCRATCHES = 16
CLOSED = "Unable to execute requests; the client is closed. Please create a new client."


class Sink(Protocol):
    """Whoever takes the replies of a batch; a future, as far as GLIDE can tell."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, result: Any) -> None:
        """The replies, errors of single commands among them; None: a watched key has changed."""

    def set_exception(self, exception: Exception) -> None:
        """The whole batch has failed."""


class Form:
    """A core's structures, as its foreign-function interface knows them."""

    def __init__(self, ffi: Any) -> None:
        self._ffi = ffi
        self._options = ffi.typeof("BatchOptionsInfo*")
        self.address = ffi.typeof("uintptr_t")
        self.batch = ffi.typeof("BatchInfo*")
        self._known: dict[int | None, Any] = {}
        self._idle: list[Scratch] = []

    def fits(self) -> bool:
        """Whether they are laid out as here."""
        return sys.byteorder == "little" and all(
            self._ffi.sizeof(name) == size
            and all(self._ffi.offsetof(name, field) == place for field, place in fields.items())
            for name, (size, fields) in LAYOUT.items()
        )

    def pack(self, natives: Sequence[Native], *, atomic: bool) -> Packed | Scratch:
        """A batch for the core, to be given back as soon as that has it."""
        words = _words(natives)
        if _count(natives, words) <= SCRATCH_NUMBERS:
            # taken out, since a finalizer or a signal's handler may send something in between
            scratch = self._idle.pop() if self._idle else Scratch(self._ffi, self)
            if scratch.filled(natives, words, atomic=atomic):
                return scratch
            self.give_back(scratch)
        return Packed(self._ffi, self, natives, words, atomic=atomic)

    def give_back(self, packed: Packed | Scratch) -> None:
        """The core has copied it."""
        if type(packed) is Scratch and len(self._idle) < IDLE_SCRATCHES:
            self._idle.append(packed)

    def options(self, timeout_ms: int | None) -> Any:
        """A batch's options; ``None``: the connection's own time limit."""
        known = self._known.get(timeout_ms)
        if known is None:
            known = self._limited(timeout_ms)
            if len(self._known) < KNOWN_AT_MOST:
                self._known[timeout_ms] = known
        return known

    def _limited(self, timeout_ms: int | None) -> Any:
        return self._ffi.new(
            self._options,
            {
                "retry_server_error": False,
                "retry_connection_error": False,
                "has_timeout": timeout_ms is not None,
                "timeout": timeout_ms or 0,
                "route_info": self._ffi.NULL,
            },
        )


def form(client: Any) -> Form | None:
    """How this client's core takes batches; None if they must go GLIDE's own way: its core is
    another one than we know, or somebody traces the calls.
    """
    known = _forms.get(type(client))
    if known is None:
        known = _forms[type(client)] = _learned(client)
    found, telemetry = known
    return None if telemetry._instance is not None else found


_forms: dict[type, tuple[Form | None, Any]] = {}
"""With each kind of client the class that says whether its calls are traced."""


class _Untraced:
    _instance = None


def _learned(client: Any) -> tuple[Form | None, Any]:
    try:
        found = Form(client._ffi)
        package = type(client).__module__.partition(".")[0]
        return (
            found if found.fits() else None,
            import_module(f"{package}.opentelemetry").OpenTelemetry,
        )
    except Exception:
        # another GLIDE: whatever it stumbled over, the own way is there
        return None, _Untraced


class Scratch:
    """Memory for a small batch, to be used again."""

    __slots__ = ("_memory", "_start", "info")

    def __init__(self, ffi: Any, form: Form) -> None:
        self._memory = bytearray(SCRATCH_TEXT + SCRATCH_BYTES)
        self._start = int(ffi.cast(form.address, ffi.from_buffer(self._memory)))
        self.info = ffi.cast(form.batch, self._start)

    def filled(self, natives: Sequence[Native], words: Sequence[bytes], *, atomic: bool) -> bool:
        """Whether the words of the batch fit, and it is in here now."""
        lengths = [*map(len, words)]
        count, size = len(natives), sum(lengths)
        if size > SCRATCH_BYTES:
            return False
        # a batch: a count, its table, a flag; the table; the commands; pointers to the words, and
        # one behind the last; their lengths
        table = self._start + 3 * WORD
        first = table + WORD * count
        pointers = first + COMMAND * count
        _numbers(_count(natives, words)).pack_into(
            self._memory, 0, count, table, atomic, *range(first, pointers, COMMAND),
            *_commands(natives, pointers, pointers + WORD * (len(words) + 1)),
            *accumulate(lengths, initial=self._start + SCRATCH_TEXT), *lengths,
        )  # fmt: skip
        self._memory[SCRATCH_TEXT : SCRATCH_TEXT + size] = b"".join(words)
        return True


@cache
def _numbers(count: int) -> struct.Struct:
    return struct.Struct(f"{count}Q")


def _count(natives: Sequence[Native], words: Sequence[bytes]) -> int:
    """How many numbers a batch has in a ``Scratch``."""
    return 4 + 5 * len(natives) + 2 * len(words)


def _words(natives: Sequence[Native]) -> Sequence[bytes]:
    if len(natives) == 1:
        return natives[0][1]
    return [*chain.from_iterable([native[1] for native in natives])]


def _commands(natives: Sequence[Native], at: int, size_at: int) -> list[int]:
    """The fields of all commands; where the pointers to their words begin, and the lengths."""
    fields: list[int] = []
    for request_type, words in natives:
        count = len(words)
        fields += (request_type, at, count, size_at)
        at += WORD * count
        size_at += WORD * count
    return fields


class Packed:
    """A batch in the core's own form, as long as this object lives."""

    __slots__ = ("_blocks", "info")

    def __init__(
        self,
        ffi: Any,
        form: Form,
        natives: Sequence[Native],
        words: Sequence[bytes],
        *,
        atomic: bool,
    ) -> None:
        text = b"".join(words)
        lengths = array("Q", map(len, words))
        start = int(ffi.cast(form.address, ffi.from_buffer(text)))
        pointers = array("Q", accumulate(lengths, initial=start))
        places = pointers.buffer_info()[0], lengths.buffer_info()[0]
        commands = array("Q", _commands(natives, *places))
        first = commands.buffer_info()[0]
        table = array("Q", range(first, first + COMMAND * len(natives), COMMAND))
        batch = array("Q", (len(natives), table.buffer_info()[0], atomic))
        self.info = ffi.cast(form.batch, batch.buffer_info()[0])
        self._blocks = (text, lengths, pointers, commands, table, batch)


def send(
    client: Any,
    form: Form,
    natives: Sequence[Native],
    sink: Sink,
    *,
    atomic: bool = False,
    timeout_ms: int | None = None,
) -> None:
    """Hands a batch to an asynchronous client; ``sink`` gets the replies, in the client's loop.

    Errors: ClosingError.
    """
    if client._is_closed:
        raise ClosingError(CLOSED)
    client._check_same_process()
    packed = form.pack(natives, atomic=atomic)
    number = client._get_callback_id()
    client._pending_futures[number] = sink
    client._lib.batch(client._core_client, number, packed.info, False, form.options(timeout_ms), 0)
    form.give_back(packed)


def call(
    client: Any, natives: Sequence[Native], *, atomic: bool, timeout_ms: int | None
) -> list[Any] | None:
    """The replies that a synchronous client gets to a batch.

    Errors: GlideError, if the whole batch has failed.
    """
    shape = form(client)
    replies: list[Any] | None
    if shape is None:
        replies = client.exec(
            own_way(natives, atomic=atomic), raise_on_error=False, options=own_limit(timeout_ms)
        )
        return replies
    if client._is_closed:
        raise ClosingError(CLOSED)
    packed = shape.pack(natives, atomic=atomic)
    result = client._lib.batch(
        client._core_client, 0, packed.info, False, shape.options(timeout_ms), 0
    )
    shape.give_back(packed)
    replies = client._handle_cmd_result(result)
    return replies


def own_way(natives: Sequence[Native], *, atomic: bool) -> Batch:
    """The same batch as GLIDE's own object."""
    batch = Batch(is_atomic=atomic)
    batch.commands = [(request_type, list(words)) for request_type, words in natives]
    return batch


def own_limit(timeout_ms: int | None) -> BatchOptions | None:
    """A time limit as GLIDE's own object."""
    return None if timeout_ms is None else BatchOptions(timeout=timeout_ms)
