"""How a batch gets into GLIDE's core by the shortest way: one block of memory, used anew each time.

GLIDE's own ``exec`` makes three C structures and three lists for every command, and a pointer for
every word.  Here the numbers of a batch are written column by column, and its words as one text
that is pointed into; the core has copied them when its function returns.  As ``pump``, this leans
on private names of GLIDE's clients; where something does not fit, or OpenTelemetry wants to see
every batch, GLIDE's own way is taken.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from importlib import import_module
from itertools import accumulate
from typing import Any, Final, Protocol

from glide_shared.commands.batch import Batch
from glide_shared.commands.batch_options import BatchOptions
from glide_shared.exceptions import ClosingError

from adapter.translate.columns import Columns
from adapter.translate.plan import Native

WORD = 8
"""Bytes of a pointer and of a size; the layout below holds where both have so many."""
LAYOUT: dict[str, tuple[int, dict[str, int]]] = {
    "CmdInfo": (32, {"request_type": 0, "args": 8, "arg_count": 16, "args_len": 24}),
    "BatchInfo": (24, {"cmd_count": 0, "cmds": 8, "is_atomic": 16}),
}
"""What a batch looks like to the core: sizes of its structures, and where their fields are."""
FIELDS = LAYOUT["CmdInfo"][0] // WORD
NUMBER: Final = "L"
"""The array type that is filled fastest among those with numbers of so many bytes."""
KNOWN_AT_MOST = 100
ORDINARY = (1024, 8192)
"""Commands and words for which a block of memory is kept."""
TEXT_BYTES = 64 * 1024
"""Longer texts are pointed at where they are."""
FEW = 8
"""So many numbers are written one by one in less time than an array of them takes."""
IDLE_BLOCKS = 16
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
        self._idle: list[Block] = []

    def fits(self) -> bool:
        """Whether they are laid out as here."""
        known = sys.byteorder == "little" and array(NUMBER).itemsize == WORD
        return known and all(
            self._ffi.sizeof(name) == size
            and all(self._ffi.offsetof(name, field) == place for field, place in fields.items())
            for name, (size, fields) in LAYOUT.items()
        )

    def pack(self, batch: Columns, *, atomic: bool) -> Block:
        """A batch for the core, to be given back as soon as that has it."""
        commands, words = len(batch.types), len(batch.words)
        if commands > ORDINARY[0] or words > ORDINARY[1]:
            block = Block(self._ffi, self, commands, words)
        else:
            try:
                # taken out, since another thread, a finalizer or a signal's handler may send
                # something in between
                block = self._idle.pop()
            except IndexError:
                block = Block(self._ffi, self, *ORDINARY)
        block.fill(batch, atomic=atomic)
        return block

    def give_back(self, block: Block) -> None:
        """The core has copied it."""
        block.text = b""
        if block.room == ORDINARY and len(self._idle) < IDLE_BLOCKS:
            self._idle.append(block)

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


class Block:
    """Memory for a batch of at most so many commands and words, in the core's own form.

    In this order: the batch; pointers to its commands; the commands; pointers to their words, and
    one behind the last; their lengths; the text.
    """

    __slots__ = (
        "_address",
        "_commands",
        "_each",
        "_ffi",
        "_lengths",
        "_numbers",
        "_pointers",
        "_shaped",
        "_start",
        "_text",
        "info",
        "room",
        "text",
    )

    def __init__(self, ffi: Any, form: Form, commands: int, words: int) -> None:
        self.room = (commands, words)
        self._commands = 3 + commands
        self._pointers = self._commands + FIELDS * commands
        self._lengths = self._pointers + words + 1
        size = WORD * (self._lengths + words)
        memory = bytearray(size + TEXT_BYTES)
        self._ffi, self._address = ffi, form.address
        self._start = int(ffi.cast(form.address, ffi.from_buffer(memory)))
        self._numbers = memoryview(memory)[:size].cast(NUMBER)
        self._text = memoryview(memory)[size:]
        self.text = b""
        """The words, if they are too long to be copied in here."""
        self._numbers[1] = self._start + WORD * 3
        first, step = self._start + WORD * self._commands, WORD * FIELDS
        self._numbers[3 : self._commands] = array(
            NUMBER, range(first, first + step * commands, step)
        )
        self._each = self._shaped = 0
        """As many commands, from the first on, are laid out with so many words for each."""
        self._shape([0], 0)
        self.info = ffi.cast(form.batch, self._start)

    def fill(self, batch: Columns, *, atomic: bool) -> None:
        """Puts a batch in here."""
        groups, lengths = batch.groups, batch.lengths
        count, total = len(groups), len(lengths)
        numbers, at = self._numbers, self._commands
        numbers[0] = count
        numbers[2] = atomic
        text = b"".join(batch.words)
        if len(text) <= TEXT_BYTES:
            start = self._start + WORD * (self._lengths + self.room[1])
            self._text[: len(text)] = text
        else:
            start = int(self._ffi.cast(self._address, self._ffi.from_buffer(text)))
            self.text = text
        if count == 1 and total <= FEW:
            if total != self._each or not self._shaped:
                numbers[at + 2] = total  # its words begin where those of any first command do
                self._each, self._shaped = total, 1
            numbers[at] = batch.types[0]
            pointer, size = self._pointers, self._lengths
            for length in lengths:
                numbers[pointer] = start
                numbers[size] = length
                start += length
                pointer += 1
                size += 1
            return
        each = total // count if count else 0
        if each != self._each or count > self._shaped or not _is_even(groups, each):
            self._shape([*map(len, groups)], each)
        numbers[at : at + FIELDS * count : FIELDS] = array(NUMBER, batch.types)
        at = self._pointers
        numbers[at : at + total + 1] = array(NUMBER, [*accumulate(lengths, initial=start)])
        at = self._lengths
        numbers[at : at + total] = array(NUMBER, lengths)

    def _shape(self, counts: list[int], each: int) -> None:
        """Writes how many words each command has, and where its pointers and lengths begin."""
        self._each, self._shaped = each, len(counts) if counts.count(each) == len(counts) else 0
        numbers, first = self._numbers, self._commands
        end = first + FIELDS * len(counts)
        numbers[first + 2 : end : FIELDS] = array(NUMBER, counts)
        sizes = [WORD * count for count in counts]
        for field, place in ((1, self._pointers), (3, self._lengths)):
            starts = [*accumulate(sizes, initial=self._start + WORD * place)]
            numbers[first + field : end : FIELDS] = array(NUMBER, starts[:-1])


def _is_even(groups: Sequence[Sequence[bytes]], each: int) -> bool:
    """Whether all commands have so many words."""
    return len(groups) == 1 or {*map(len, groups)} == {each}


def send(
    client: Any,
    form: Form,
    batch: Columns,
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
    packed = form.pack(batch, atomic=atomic)
    number = client._get_callback_id()
    client._pending_futures[number] = sink
    client._lib.batch(client._core_client, number, packed.info, False, form.options(timeout_ms), 0)
    form.give_back(packed)


def call(client: Any, batch: Columns, *, atomic: bool, timeout_ms: int | None) -> list[Any] | None:
    """The replies that a synchronous client gets to a batch.

    Errors: GlideError, if the whole batch has failed.
    """
    shape = form(client)
    replies: list[Any] | None
    if shape is None:
        replies = client.exec(
            own_way(batch.natives, atomic=atomic),
            raise_on_error=False,
            options=own_limit(timeout_ms),
        )
        return replies
    if client._is_closed:
        raise ClosingError(CLOSED)
    packed = shape.pack(batch, atomic=atomic)
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
