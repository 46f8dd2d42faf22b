"""The first line of scripts and libraries: ``#!lua flags=no-writes``, ``#!lua name=mylib``.

The line's end stays with what is left to compile, so that the lines keep their numbers.
"""

from __future__ import annotations

from typing import Final

from mock_backend.errors import scripting as errors
from mock_backend.profile import Profile, Since
from mock_backend.resp.inline import UnbalancedQuotes, split
from mock_backend.scripting.cache import FLAGS

_ENGINES: Final = Since("valkey-8.1.0")
"""Engines are found in any case of letters."""


def read_script(body: bytes, profile: Profile) -> tuple[frozenset[str] | None, bytes]:
    """``(flags, source)``: what a script declares, and what is left to compile; ``None``: it
    declares nothing.

    Errors: the line is no such line (eval.c, evalExtractShebangFlags).
    """
    if not body.startswith(b"#!"):
        return None, body
    line, newline, rest = body.partition(b"\n")
    if not newline:
        raise errors.invalid_shebang()
    try:
        engine, *options = split(line)
    except UnbalancedQuotes:
        raise errors.no_engine_in_shebang() from None
    if (engine.lower() if profile.has(_ENGINES) else engine) != b"#!lua":
        raise errors.unexpected_engine(engine)
    flags: set[str] = set()
    for option in options:
        name, equals, value = option.partition(b"=")
        if name != b"flags" or not equals:
            raise errors.unknown_shebang_option(option)
        for flag in value.split(b",") if value else ():
            if flag.decode("latin-1") not in FLAGS:
                raise errors.unexpected_flag(flag)
            flags.add(flag.decode())
    return frozenset(flags), newline + rest


def read_library(code: bytes) -> tuple[bytes, bytes, bytes]:
    """``(engine, name, source)`` of a library.

    Errors: the line is no such line (functions.c, functionExtractLibMetaData).
    """
    if not code.startswith(b"#!"):
        raise errors.missing_metadata()
    line, newline, rest = code.partition(b"\n")
    if not newline or b"\0" in line:
        raise errors.invalid_metadata()
    try:
        engine, *options = split(line)
    except UnbalancedQuotes:
        raise errors.invalid_metadata() from None
    name: bytes | None = None
    for option in options:
        if option[:5].lower() != b"name=":
            raise errors.invalid_metadata_value(option)
        if name is not None:
            raise errors.library_named_twice()
        name = option[5:]
    if name is None:
        raise errors.library_not_named()
    return engine[2:], name, newline + rest
