"""The Lua interpreter of one server: PUC Lua 5.1, sealed.

Scripts see what ``lua/sandbox.lua`` leaves them and nothing of Python: the host's functions are
upvalues of the Lua side, they answer with plain values, and they never raise.  What a script may
call is decided by the ``Host``; this file knows nothing of commands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from lupa.lua51 import LuaError, LuaRuntime

from mock_backend.profile import Profile, Since
from mock_backend.replies import Reply, ReplyError
from mock_backend.scripting import bits
from mock_backend.scripting.bridge import NO_MEMORY, Bridge
from mock_backend.scripting.bytecode import without_lines, without_tail_calls
from mock_backend.scripting.cache import FLAGS
from mock_backend.scripting.convert import (
    ERROR,
    FAILED,
    KINDS,
    Printed,
    Replies,
    Results,
    Stopped,
    error_reply,
)

_DIRECTORY: Final = Path(__file__).with_name("lua")
_SOURCES: Final = {path.stem: path.read_bytes() for path in sorted(_DIRECTORY.glob("*.lua"))}

_NAME: Final = b"=sandbox"
"""The chunk name of the Lua side; frames of that name are invisible to errors."""
_SCRIPT_NAME: Final = b"@user_script"
_LIBRARY_NAME: Final = b"@user_function"

_FEW: Final = 100
"""So many words go over as arguments, more as tables."""
_FUNCTION_SIZE: Final = 1024
"""More bytes than the interpreter needs to keep one more function of the host."""

_LIBRARIES: Final = ("string", "table", "coroutine")

EMPTY_MEMORY: Final = 31_744
"""Bytes that the server's interpreter uses before the first script."""

MOST_MEMORY: Final = 1 << 30
"""Bytes that one interpreter may use; a script that wants more fails with ``not enough memory``."""

_RESERVED: Final = 16
"""This part of them is kept for what the host hands over: where that fails half-way, lupa cannot
clean up behind it, and the process stands still.
"""
MOST_STEPS: Final = 1e8
"""So many steps a pattern may take in C, where nobody can stop it: some tenths of a second."""

_NO_SUCH_GLOBALS: Final = (
    (Since("redis-7.0.0,valkey-8.1.0"), ("getfenv", "setfenv", "newproxy"), True),
    (Since("redis-7.4.0,valkey-7.2.0"), ("os",), False),
)
"""Globals that went with a version (``True``) or came with it.  The first ones went in fixes of
security, which distributions have brought to older versions, too.
"""
_ONE_ARGUMENT: Final = Since("7.2.0")
_SHORTEST_DOUBLES: Final = Since("7.2.0")
_SERVER_HANDLER: Final = Since("valkey-8.1.0")

_SHARED: Final = (
    "log LOG_DEBUG LOG_VERBOSE LOG_NOTICE LOG_WARNING REDIS_VERSION REDIS_VERSION_NUM SERVER_NAME"
    " VALKEY_VERSION VALKEY_VERSION_NUM"
).split()
"""What the code of a library finds in ``redis`` while it is loaded."""


class Host(Protocol):
    """What the interpreter asks of the server."""

    def perform(self, words: list[bytes]) -> Reply:
        """``redis.call``: the reply, errors too."""

    def performing(self, name: bytes, bridge: Bridge) -> Callable[..., Any] | None:
        """The same for one command alone, called with the words behind ``name`` and answering with
        what the Lua side is handed; ``None``: there is no function for it.
        """

    def speak(self, protocol: int) -> None:
        """``redis.setresp``: the dialect of the replies from now on."""

    def may_call(self, words: list[bytes]) -> bool | None:
        """``redis.acl_check_cmd``; ``None``: there is no such command."""

    def log(self, level: int, message: bytes) -> None:
        """``redis.log``."""

    def replicate(self, flags: int) -> None:
        """``redis.set_repl``: who hears of the writes from now on; 1: the file, 2: replicas."""

    def breathe(self) -> bytes | None:
        """Asked now and then while a script runs; the error that it shall end with, if any."""

    def bug(self, error: BaseException) -> ReplyError:
        """An exception that nobody foresaw, kept and made into a reply."""


class Failure(Exception):
    """A script that does not compile; its text is Lua's."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A function that a library has registered."""

    name: bytes
    callback: Any
    description: bytes | None
    flags: frozenset[str]


class Engine:
    """One interpreter with everything in it: for scripts, or for libraries of functions."""

    def __init__(
        self, host: Host, printed: Printed, profile: Profile, *, holds_libraries: bool = False
    ) -> None:
        self._host = host
        self._profile = profile
        lua = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_no_attributes,
            max_memory=MOST_MEMORY,
        )
        self._lua = lua
        self._table = lua.table_from
        self._replies = Replies(lua.table_from, printed)
        self._exhausted = False
        self._memory_used = lua.get_memory_used
        self._room = MOST_MEMORY - MOST_MEMORY // _RESERVED
        self._bridge = Bridge(
            self._replies,
            printed,
            profile,
            used=self._memory_used,
            room=self._room,
            exhaust=self._exhaust,
        )
        self._commands = lua.table()
        """Functions that perform a command, by its name as scripts have written it."""
        self._register: Callable[[Registered], str | None] = lambda registered: None
        side = lua.table_from(
            {
                **KINDS,
                **_facts(profile),
                **self._functions(),
                b"commands": self._commands,
                b"FEW": _FEW,
                b"HOLDS_LIBRARIES": holds_libraries,
                b"MOST_MEMORY": MOST_MEMORY,
                b"MOST_STEPS": MOST_STEPS,
                b"SHARED": lua.table_from([name.encode() for name in _SHARED]),
            }
        )
        self._dump = lua.eval(b"string.dump")
        self._load(side, holds_libraries)
        self._recover = side[b"recover"]
        self._compile = side[b"compile"]
        self._run = side[b"run"]
        self._run_with = side[b"run_with"]
        self._load_library = side[b"load"]
        self._random_state = side[b"random_state"]
        self._own_memory = self._used()
        self._results = Results(type(side), side[b"open"], side[b"slice"], self._breathe)
        self.errors = self._results.errors
        """Those within the replies of scripts; whoever counts them takes them out."""

    @property
    def memory(self) -> int:
        """Bytes that the server's interpreter would use: its libraries are C, and take none."""
        return max(EMPTY_MEMORY, EMPTY_MEMORY + self._used() - self._own_memory)

    def _used(self) -> int:
        kilobytes = self._lua.eval(b"collectgarbage() and collectgarbage('count')")
        return int(kilobytes * 1024)

    @property
    def random_state(self) -> tuple[int, int]:
        """Where the generator of ``math.random`` stands; a new interpreter goes on from there."""
        state: tuple[int, int] = self._random_state()
        return state

    @random_state.setter
    def random_state(self, state: tuple[int, int]) -> None:
        self._random_state(*state)

    def compile(self, source: bytes, name: bytes = _SCRIPT_NAME) -> Any:
        """The function of a script.  Errors: ``Failure``."""
        if self._lacks(len(source)):
            self._relieve()
            raise Failure(NO_MEMORY.decode())
        compiled = self._compile(source, name)
        if type(compiled) is tuple:
            raise Failure(compiled[1].decode("utf-8", "surrogateescape"))
        return compiled

    def load(
        self, source: bytes, register: Callable[[Registered], str | None]
    ) -> tuple[str, str] | None:
        """Runs the code of a library; ``register`` is told of each function, and may answer with
        an error.

        ``None``: it went well; else what failed (``compiling function``, ``registering
        functions``) and why.
        """
        try:
            code = self.compile(source, _LIBRARY_NAME)
        except Failure as failure:
            return "compiling function", str(failure)
        self._register = register
        text = self._load_library(code)
        if text is None:
            return None
        return "registering functions", text.decode("utf-8", "surrogateescape")

    def run(self, function: Any, name: bytes, keys: list[bytes], arguments: list[bytes]) -> Reply:
        """Runs a script; the reply is its result, or the error that stopped it."""
        given = keys + arguments
        used, replies, run = self._memory_used, self._replies, self._run
        if used() + sum(map(len, given)) > self._room:
            self._relieve()
            return error_reply(NO_MEMORY)
        replies.protocol = 2
        try:
            if len(given) <= _FEW:
                result = run(function, len(keys), *given)
            else:
                result = self._run_with(function, self._table(keys), self._table(arguments))
            kind = type(result)
            if kind is bytes or kind is int:
                return result
            if kind is tuple and result[0] == FAILED:
                return _failure(name, *result[1:])
            return self._results.reply(result, replies.protocol)
        except Stopped as stopped:
            return error_reply(stopped.text)
        except LuaError as error:
            self._recover()
            if "not enough memory" not in str(error):
                return self._host.bug(error)
            return error_reply(NO_MEMORY)
        finally:
            if self._exhausted:
                self._relieve()

    def _load(self, side: Any, holds_libraries: bool) -> None:
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
        self._chunk("stopping", side)
        self._chunk("matching", side)
        patterns = self._chunk("patterns", side, lines=False)
        bounded = self._chunk("bounded", side, lines=False)
        libraries = {
            name.encode(): self._chunk(name, side)
            for name in ("bit", "struct", "cmsgpack", "cjson")
        }
        libraries[b"redis"] = self._chunk("api", side)
        globals_ = lua.globals()
        for name in _LIBRARIES:
            libraries[name.encode()] = globals_[name.encode()]
        for field in (b"find", b"match", b"gmatch", b"gsub"):
            libraries[b"string"][field] = patterns[field]
        libraries[b"string"][b"rep"] = bounded[b"rep"]
        libraries[b"table"][b"insert"] = bounded[b"insert"]
        libraries[b"table"][b"sort"] = bounded[b"sort"]
        libraries[b"math"] = globals_[b"math"]
        generator = self._chunk("random", side)
        libraries[b"math"][b"random"] = generator[b"random"]
        libraries[b"math"][b"randomseed"] = generator[b"randomseed"]
        side[b"random_state"] = generator[b"state"]
        libraries[b"os"] = lua.table_from({b"clock": globals_[b"os"][b"clock"]})
        self._chunk("sandbox", side)
        self._chunk("run", side)
        if holds_libraries:
            self._chunk("library", side)
        gone = [name.encode() for name in _gone(self._profile)]
        side[b"seal"](lua.table_from(libraries), lua.table_from(gone))

    def _chunk(self, name: str, side: Any, *, lines: bool = True) -> Any:
        """Runs a chunk of the Lua side; without ``lines`` errors of C that it calls name no place
        in it.
        """
        chunk = self._lua.compile(_SOURCES[name], name=_NAME)
        if not lines:
            chunk = self._lua.globals()[b"loadstring"](without_lines(self._dump(chunk)), _NAME)
        return chunk(side)

    def _lacks(self, size: int) -> bool:
        """Whether there might not be memory enough to hand over so many bytes."""
        used: int = self._memory_used()
        return used + size > self._room

    def _exhaust(self) -> None:
        """The script that runs gets no further; there is memory enough to tell it so."""
        self._exhausted = True
        self._lua.set_max_memory(self._lua.get_memory_used() + MOST_MEMORY // _RESERVED)

    def _relieve(self) -> None:
        """Brings the interpreter back to what it was before memory ran out."""
        self._recover()
        self._exhausted = False
        self._lua.set_max_memory(MOST_MEMORY)

    def _functions(self) -> dict[bytes, Any]:
        return {
            b"perform": self._perform,
            b"perform_many": self._perform_many,
            b"acl_check": self._acl_check,
            b"setresp": self._setresp,
            b"log": self._host.log,
            b"breathe": self._breathe,
            b"find_bytes": bytes.find,
            b"replicate": self._host.replicate,
            b"flag": _flag,
            b"register": self._registered,
            b"sha1hex": self._sha1hex,
            b"without_tail_calls": self._without_tail_calls,
            b"pack_float": bits.pack_float,
            b"unpack_float": bits.unpack_float,
            b"pack_msgpack_float": bits.pack_msgpack_float,
        }

    def _perform(self, *arguments: Any) -> Any:
        """``redis.call`` of a command that is known by no function of its own, or not yet."""
        bridge, host = self._bridge, self._host
        try:
            request = bridge.words(arguments)
            if not request:
                return bridge.nothing if request is not None else bridge.no_word
            own = host.performing(request[0], bridge)
            if own is not None and not self._lacks(_FUNCTION_SIZE):
                self._commands[request[0]] = own
            return bridge.handed(host.perform(request))
        except Exception as error:  # raised through Lua it would lose its traceback
            return bridge.handed(host.bug(error))

    def _perform_many(self, count: int, table: Any) -> Any:
        """As ``_perform``; a ``nil`` leaves a hole in the table, and is no argument."""
        arguments = list(table.values())
        return self._perform(*arguments) if len(arguments) == count else self._perform(None)

    def _breathe(self) -> bytes | None:
        """The error that the script shall end with, if any."""
        if self._exhausted or self._lacks(0):
            self._exhaust()
            return NO_MEMORY
        return self._host.breathe()

    def _sha1hex(self, text: bytes) -> bytes:
        if self._lacks(0):
            self._exhaust()
        return sha1hex(text)

    def _without_tail_calls(self, dumped: bytes) -> bytes:
        if self._lacks(len(dumped)):
            self._exhaust()
            return b"\n"  # which is no function: the script ends before it could call one
        return without_tail_calls(dumped)

    def _acl_check(self, *arguments: Any) -> Any:
        request = self._bridge.words(arguments)
        if not request:
            return self._bridge.nothing if request is not None else self._bridge.no_word
        allowed = self._host.may_call(request)
        if allowed is None:
            text = f"ERR Invalid command passed to {_api(self._profile)}.acl_check_cmd()"
            return None, ERROR, text.encode(), False
        return allowed

    def _registered(
        self, name: bytes, callback: Any, description: bytes | bool, flags: Any
    ) -> bytes | None:
        text = description if isinstance(description, bytes) else None
        names = frozenset(flag.decode() for flag in flags.values())
        complaint = self._register(Registered(name, callback, text, names))
        return None if complaint is None else complaint.encode()

    def _setresp(self, protocol: int) -> None:
        self._replies.protocol = protocol
        self._host.speak(protocol)


def _failure(name: bytes, text: bytes, counted: bool, source: bytes, line: bytes) -> ReplyError:
    """What stopped a script, with where it was."""
    place = b" script: %b, on %b:%b." % (name, source, line) if source and line else b""
    return error_reply(text + place, counted=counted)


def _api(profile: Profile) -> str:
    """How error texts call the table of the server's functions."""
    return "server" if profile.line == "valkey" else "redis"


def _version_number(version: str) -> int:
    """``7.2.4`` as ``0x070204``."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major << 16 | minor << 8 | patch


def _facts(profile: Profile) -> dict[bytes, Any]:
    """What the Lua side is told of the server."""
    told: dict[bytes, Any] = {
        b"API": _api(profile).encode(),
        b"HAS_SERVER": profile.line == "valkey",
        b"HAS_SERVER_HANDLER": profile.has(_SERVER_HANDLER),
        b"BAD_LEVEL": b"Invalid log level.",
        b"SET_REPL_WANTS": b"one argument",
        b"REDIS_VERSION": profile.redis_version.encode(),
        b"REDIS_VERSION_NUM": _version_number(profile.redis_version),
    }
    if not profile.has(_ONE_ARGUMENT):
        told[b"BAD_LEVEL"] = b"Invalid debug level."
        told[b"SET_REPL_WANTS"] = b"two arguments"
    told[b"KEEPS_ZEROS_SIGN"] = not profile.has(_SHORTEST_DOUBLES)
    if profile.line == "valkey":
        told[b"SERVER_NAME"] = profile.line.encode()
        told[b"VALKEY_VERSION"] = profile.version.encode()
        told[b"VALKEY_VERSION_NUM"] = _version_number(profile.version)
    return told


def _gone(profile: Profile) -> list[str]:
    """Globals of Lua that scripts of this server do not find."""
    return [
        name
        for since, names, went in _NO_SUCH_GLOBALS
        if profile.has(since) is went
        for name in names
    ]


def _flag(name: bytes) -> bytes | None:
    """The flag of that name, in any case; ``None``: there is none."""
    text = name.decode("latin-1").lower()
    return text.encode() if text in FLAGS else None


def sha1hex(text: bytes) -> bytes:
    """The SHA-1 of ``text`` in 40 hexadecimal digits: the name of a script."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


def _no_attributes(value: object, name: object, is_setting: bool) -> NoReturn:
    """No Lua code looks into a Python object."""
    raise AttributeError("scripts cannot look into the host")
