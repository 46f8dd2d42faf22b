"""The Lua interpreter of one server: PUC Lua 5.1, sealed.

Scripts see what ``lua/sandbox.lua`` leaves them and nothing of Python: the host's functions are
upvalues of the Lua side, they answer with plain values, and they never raise.  What a script may
call is decided by the ``Host``; this file knows nothing of commands.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from lupa.lua51 import LuaRuntime

from mock_backend.profile import DEFAULT
from mock_backend.replies import Reply, ReplyError
from mock_backend.scripting import bits
from mock_backend.scripting.bytecode import without_tail_calls
from mock_backend.scripting.convert import (
    ERROR,
    FAILED,
    KINDS,
    Printed,
    Replies,
    Results,
    error_reply,
    words,
)

_DIRECTORY: Final = Path(__file__).with_name("lua")
_SOURCES: Final = {path.stem: path.read_bytes() for path in sorted(_DIRECTORY.glob("*.lua"))}

_NAME: Final = b"=sandbox"
"""The chunk name of the Lua side; frames of that name are invisible to errors."""
_SCRIPT_NAME: Final = b"@user_script"

_FEW: Final = 100
"""So many words go over as arguments, more as tables."""


def _version_number(version: str) -> int:
    """``7.2.4`` as ``0x070204``."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major << 16 | minor << 8 | patch


_VERSIONS: Final = {
    b"REDIS_VERSION": DEFAULT.redis_version.encode(),
    b"REDIS_VERSION_NUM": _version_number(DEFAULT.redis_version),
    b"VALKEY_VERSION": DEFAULT.version.encode(),
    b"VALKEY_VERSION_NUM": _version_number(DEFAULT.version),
    b"SERVER_NAME": DEFAULT.line.encode(),
}
_LIBRARIES: Final = ("string", "table", "coroutine")

_NO_WORDS: Final = b"ERR Please specify at least one argument for this call"
_BAD_WORDS: Final = b"ERR Command arguments must be strings or integers"


class Host(Protocol):
    """What the interpreter asks of the server."""

    def perform(self, words: list[bytes]) -> Reply:
        """``redis.call``: the reply, errors too."""

    def speak(self, protocol: int) -> None:
        """``redis.setresp``: the dialect of the replies from now on."""

    def may_call(self, words: list[bytes]) -> bool | None:
        """``redis.acl_check_cmd``; ``None``: there is no such command."""

    def log(self, level: int, message: bytes) -> None:
        """``redis.log``."""

    def bug(self, error: BaseException) -> ReplyError:
        """An exception that nobody foresaw, kept and made into a reply."""


class Failure(Exception):
    """A script that does not compile; its text is Lua's."""


class Engine:
    """One interpreter with everything in it."""

    def __init__(self, host: Host, printed: Printed) -> None:
        self._host = host
        self._printed = printed
        lua = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_no_attributes,
        )
        self._lua = lua
        self._table = lua.table_from
        self._replies = Replies(lua.table_from, printed)
        side = lua.table_from({**KINDS, **_VERSIONS, **self._functions(), b"FEW": _FEW})
        self._load(side)
        self._compile = side[b"compile"]
        self._run = side[b"run"]
        self._run_with = side[b"run_with"]
        self._random_state = side[b"random_state"]
        self._results = Results(type(side), side[b"open"], side[b"slice"])

    @property
    def memory(self) -> int:
        """Bytes that the interpreter uses."""
        kilobytes = self._lua.eval(b"collectgarbage('count')")
        return int(kilobytes * 1024)

    @property
    def random_state(self) -> tuple[int, int]:
        """Where the generator of ``math.random`` stands; a new interpreter goes on from there."""
        state: tuple[int, int] = self._random_state()
        return state

    @random_state.setter
    def random_state(self, state: tuple[int, int]) -> None:
        self._random_state(*state)

    def compile(self, source: bytes) -> Any:
        """The function of a script.  Errors: ``Failure``."""
        compiled = self._compile(source, _SCRIPT_NAME)
        if type(compiled) is tuple:
            raise Failure(compiled[1].decode("utf-8", "surrogateescape"))
        return compiled

    def run(self, function: Any, sha: bytes, keys: list[bytes], arguments: list[bytes]) -> Reply:
        """Runs a script; the reply is its result, or the error that stopped it."""
        replies = self._replies
        replies.protocol = 2
        if len(keys) + len(arguments) <= _FEW:
            result = self._run(function, len(keys), *keys, *arguments)
        else:
            result = self._run_with(function, self._table(keys), self._table(arguments))
        if type(result) is tuple and result[0] == FAILED:
            _, text, source, line = result
            place = b" script: %b, on %b:%b." % (sha, source, line) if source and line else b""
            return error_reply(text + place)
        return self._results.reply(result, replies.protocol)

    def _load(self, side: Any) -> None:
        """Loads the chunks in their order; each takes from ``side`` and puts there what the next
        ones need.
        """
        lua = self._lua
        side[b"SOURCE"] = _NAME
        side[b"raw"] = lua.table()
        side[b"null"] = lua.eval(
            b"(function() local null = newproxy(true)"
            b" getmetatable(null).__tostring = function() return 'userdata: (nil)' end"
            b" return null end)()"
        )
        bit_functions = lua.table_from(bits.OPERATIONS)
        side[b"bits"] = bit_functions
        self._chunk("errors", side)
        libraries = {
            name.encode(): self._chunk(name, side)
            for name in ("bit", "struct", "cmsgpack", "cjson")
        }
        libraries[b"redis"] = self._chunk("api", side)
        globals_ = lua.globals()
        for name in _LIBRARIES:
            libraries[name.encode()] = globals_[name.encode()]
        libraries[b"math"] = globals_[b"math"]
        generator = self._chunk("random", side)
        libraries[b"math"][b"random"] = generator[b"random"]
        libraries[b"math"][b"randomseed"] = generator[b"randomseed"]
        side[b"random_state"] = generator[b"state"]
        libraries[b"os"] = lua.table_from({b"clock": globals_[b"os"][b"clock"]})
        self._chunk("sandbox", side)
        self._chunk("run", side)
        side[b"seal"](lua.table_from(libraries))

    def _chunk(self, name: str, side: Any) -> Any:
        return self._lua.compile(_SOURCES[name], name=_NAME)(side)

    def _functions(self) -> dict[bytes, Any]:
        return {
            b"perform": self._perform,
            b"perform_many": self._perform_many,
            b"acl_check": self._acl_check,
            b"setresp": self._setresp,
            b"log": self._host.log,
            b"sha1hex": sha1hex,
            b"without_tail_calls": without_tail_calls,
            b"pack_float": bits.pack_float,
            b"unpack_float": bits.unpack_float,
            b"pack_msgpack_float": bits.pack_msgpack_float,
        }

    def _perform(self, *arguments: Any) -> Any:
        try:
            request = words(arguments, self._printed)
            if not request:
                return None, ERROR, _NO_WORDS if request is not None else _BAD_WORDS, False
            return self._replies.handed(self._host.perform(request))
        except Exception as error:  # raised through Lua it would lose its traceback
            return self._replies.handed(self._host.bug(error))

    def _perform_many(self, count: int, table: Any) -> Any:
        """As ``_perform``; a ``nil`` leaves a hole in the table, and is no argument."""
        arguments = list(table.values())
        return self._perform(*arguments) if len(arguments) == count else self._perform(None)

    def _acl_check(self, *arguments: Any) -> Any:
        request = words(arguments, self._printed)
        if not request:
            return None, ERROR, _NO_WORDS if request is not None else _BAD_WORDS, False
        allowed = self._host.may_call(request)
        if allowed is None:
            text = b"ERR Invalid command passed to server.acl_check_cmd()"
            return None, ERROR, text, False
        return allowed

    def _setresp(self, protocol: int) -> None:
        self._replies.protocol = protocol
        self._host.speak(protocol)


def sha1hex(text: bytes) -> bytes:
    """The SHA-1 of ``text`` in 40 hexadecimal digits: the name of a script."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


def _no_attributes(value: object, name: object, is_setting: bool) -> NoReturn:
    """No Lua code looks into a Python object."""
    raise AttributeError("scripts cannot look into the host")
