"""Takes tail calls out of compiled Lua 5.1 functions.

The server's own functions (``redis.call``, ``cjson.decode``) are C there and Lua here.  A Lua
function that is tail-called leaves no trace of its caller, so the error of ``return
redis.call(...)`` could not name its line.  Written as a call and a return it behaves the same and
leaves one.  Where the callee is an upvalue the tail call stays: so recursion is usually written,
and it may be deep.
"""

from __future__ import annotations

import struct
from array import array
from typing import Final

_HEADER: Final = 12
_OPCODE: Final = 0x3F
_CALL: Final = 28
_TAILCALL: Final = 29
_GETUPVAL: Final = 4
_LOADS: Final = frozenset({0, 1, 2, 3, 4, 5, 6, 10, 11, 28, 29, 36, 37})
"""Opcodes that put a value into register A, of those by which a callee gets there."""

_INT: Final = struct.Struct("<i")
_SIZE: Final = struct.Struct("<Q")


def without_tail_calls(dumped: bytes) -> bytes:
    """The same function with calls instead of tail calls; ``dumped`` comes from ``string.dump`` on
    this machine.
    """
    patched = bytearray(dumped)
    _patch_function(patched, _HEADER)
    return bytes(patched)


def _patch_function(data: bytearray, at: int) -> int:
    """Patches the function that begins at ``at`` and those inside it; where it ends."""
    at = _after_string(data, at) + 12
    (size,) = _INT.unpack_from(data, at)
    at += 4
    end = at + 4 * size
    code = array("I")
    code.frombytes(bytes(data[at:end]))
    if _patch_code(code):
        data[at:end] = code.tobytes()
    at = _after_constants(data, end)
    (functions,) = _INT.unpack_from(data, at)
    at += 4
    for _ in range(functions):
        at = _patch_function(data, at)
    return _after_debug_information(data, at)


def _patch_code(code: array[int]) -> bool:
    changed = False
    for index, instruction in enumerate(code):
        if instruction & _OPCODE == _TAILCALL and _callee(code, index) != _GETUPVAL:
            code[index] = instruction & ~_OPCODE | _CALL
            changed = True
    return changed


def _callee(code: array[int], call: int) -> int:
    """The opcode that put the called function into its register."""
    register = code[call] >> 6 & 0xFF
    for index in range(call - 1, -1, -1):
        instruction = code[index]
        if instruction >> 6 & 0xFF == register and instruction & _OPCODE in _LOADS:
            return instruction & _OPCODE
    return -1


def _after_string(data: bytes | bytearray, at: int) -> int:
    size: int = _SIZE.unpack_from(data, at)[0]
    return at + 8 + size


def _after_constants(data: bytes | bytearray, at: int) -> int:
    (count,) = _INT.unpack_from(data, at)
    at += 4
    for _ in range(count):
        kind = data[at]
        at += 1
        if kind == 1:
            at += 1
        elif kind == 3:
            at += 8
        elif kind == 4:
            at = _after_string(data, at)
    return at


def _after_debug_information(data: bytes | bytearray, at: int) -> int:
    (lines,) = _INT.unpack_from(data, at)
    at += 4 + 4 * lines
    (variables,) = _INT.unpack_from(data, at)
    at += 4
    for _ in range(variables):
        at = _after_string(data, at) + 8
    (upvalues,) = _INT.unpack_from(data, at)
    at += 4
    for _ in range(upvalues):
        at = _after_string(data, at)
    return at


def without_lines(dumped: bytes) -> bytes:
    """The same function without its line numbers: what is raised in it names no place."""
    out = bytearray(dumped[:_HEADER])
    _copy_without_lines(dumped, _HEADER, out)
    return bytes(out)


def _copy_without_lines(data: bytes, at: int, out: bytearray) -> int:
    """Copies the function that begins at ``at`` and those inside it; where it ends."""
    begin = at
    at = _after_string(data, at) + 12
    (size,) = _INT.unpack_from(data, at)
    at = _after_constants(data, at + 4 + 4 * size)
    (functions,) = _INT.unpack_from(data, at)
    at += 4
    out += data[begin:at]
    for _ in range(functions):
        at = _copy_without_lines(data, at, out)
    (lines,) = _INT.unpack_from(data, at)
    end = _after_debug_information(data, at)
    out += _INT.pack(0)
    out += data[at + 4 + 4 * lines : end]
    return end
