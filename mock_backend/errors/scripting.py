"""Error texts of scripts and functions: what cannot be loaded, run, called or killed.

Texts are those of Valkey 8.0; ``before`` says what other servers word otherwise.
"""

from __future__ import annotations

from mock_backend.errors import echo, err
from mock_backend.replies import ReplyError


def no_script() -> ReplyError:
    """EVALSHA of a script that was never loaded (server.c, shared.noscripterr)."""
    return ReplyError("NOSCRIPT", "No matching script.").before(
        "valkey-7.2.0", ReplyError("NOSCRIPT", "No matching script. Please use EVAL.")
    )


def script_does_not_compile(message: str) -> ReplyError:
    """What Lua's parser says (eval.c, luaCreateFunction)."""
    return err(f"Error compiling script (new function): {message}")


def invalid_shebang() -> ReplyError:
    """A script that begins with ``#!`` and has no second line (eval.c, evalExtractShebangFlags;
    here and below).
    """
    return err("Invalid script shebang")


def no_engine_in_shebang() -> ReplyError:
    """A first line whose quotes are not closed."""
    return err("Invalid engine in script shebang")


def unexpected_engine(word: bytes) -> ReplyError:
    """A first line that does not begin with ``#!lua``."""
    return err(f"Could not find scripting engine '{echo(word[2:])}'").before(
        "valkey-8.1.0", err(f"Unexpected engine in script shebang: {echo(word)}")
    )


def unknown_shebang_option(word: bytes) -> ReplyError:
    """Something else than ``flags=``."""
    return err(f"Unknown lua shebang option: {echo(word)}")


def unexpected_flag(word: bytes) -> ReplyError:
    """A flag that there is not."""
    return err(f"Unexpected flag in script shebang: {echo(word)}")


def script_may_write() -> ReplyError:
    """EVAL_RO of a script that does not declare ``no-writes`` (script.c, scriptPrepareForRun)."""
    return err("Can not execute a script with write flag using *_ro command.")


def script_needs_memory() -> ReplyError:
    """A script that declares flags, but not ``allow-oom`` (script.c, scriptPrepareForRun)."""
    return ReplyError(
        "OOM",
        "allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
    )


def script_not_saved(line: str) -> ReplyError:
    """A script that may write, once the data could not be saved (script.c, scriptPrepareForRun)."""
    return ReplyError(
        "MISCONF",
        f"{line.capitalize()} is configured to save RDB snapshots, but it's currently unable to"
        " persist to disk. Writable scripts are blocked. Use 'no-writes' flag for read only"
        " scripts.",
    )


def script_flush_mode() -> ReplyError:
    """SCRIPT FLUSH with anything but SYNC or ASYNC (eval.c, scriptCommand)."""
    return err("SCRIPT FLUSH only support SYNC|ASYNC option")


def script_debug_mode() -> ReplyError:
    """SCRIPT DEBUG with an unknown mode (eval.c, scriptCommand)."""
    return err("Use SCRIPT DEBUG YES/SYNC/NO")


def no_debugger() -> ReplyError:
    """SCRIPT DEBUG YES: this package's own text, there is no debugger here."""
    return err("the Lua debugger is not part of mock_backend")


def not_busy() -> ReplyError:
    """SCRIPT KILL while no script runs (script.c, scriptKill)."""
    return ReplyError("NOTBUSY", "No scripts in execution right now.")


def unkillable() -> ReplyError:
    """SCRIPT KILL of a script that has written (script.c, scriptKill)."""
    return ReplyError(
        "UNKILLABLE",
        "Sorry the script already executed write commands against the dataset. You can either"
        " wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE"
        " command.",
    )


def busy(killer: str) -> ReplyError:
    """Nearly every command while a script takes long; ``killer`` is ``SCRIPT`` or ``FUNCTION``
    (server.c, shared.slowevalerr and shared.slowscripterr).
    """
    text = f"is busy running a script. You can only call {killer} KILL or SHUTDOWN NOSAVE."
    return ReplyError("BUSY", f"Valkey {text}").before(
        "valkey-7.2.0", ReplyError("BUSY", f"Redis {text}")
    )


def killed(killer: str) -> ReplyError:
    """What a script ends with that was killed (script_lua.c, luaMaskCountHook)."""
    return err(f"Script killed by user with {killer} KILL.").before(
        "valkey-8.1.0", err("Script killed by user with SCRIPT KILL...")
    )


def load_timeout() -> ReplyError:
    """The code of a library ran for half a second (function_lua.c, luaEngineLoadHook)."""
    return err("FUNCTION LOAD timeout")


def unknown_in_script() -> ReplyError:
    """``redis.call`` of no command (script.c, scriptVerifyCommandArity)."""
    return err("Unknown command called from script").before(
        "valkey-7.2.0", err("Unknown Redis command called from script")
    )


def wrong_arity_in_script() -> ReplyError:
    """``redis.call`` with too few or too many words (script.c, scriptVerifyCommandArity)."""
    return err("Wrong number of args calling command from script").before(
        "valkey-7.2.0", err("Wrong number of args calling Redis command from script")
    )


def not_allowed_in_script() -> ReplyError:
    """``redis.call`` of a command with the flag ``noscript`` (script.c, scriptCall)."""
    return err("This Redis command is not allowed from script")


def stale_replica_in_script() -> ReplyError:
    """``redis.call`` on a replica without its primary, of what needs data (script.c,
    scriptVerifyAllowStale).
    """
    return err("Can not execute the command on a stale replica")


def write_in_read_only_script() -> ReplyError:
    """``redis.call`` of a write where nothing may be written (script.c,
    scriptVerifyWriteCommandAllow).
    """
    return err("Write commands are not allowed from read-only scripts.")


def outside_a_script() -> ReplyError:
    """``redis.call`` while no script runs (script_lua.c, luaRedisGenericCommand)."""
    return err("redis.call can only be called inside a script invocation")


def missing_metadata() -> ReplyError:
    """A library that does not begin with ``#!`` (functions.c, functionExtractLibMetaData; here and
    below).
    """
    return err("Missing library metadata")


def invalid_metadata() -> ReplyError:
    """A first line without an end, or with quotes that are not closed."""
    return err("Invalid library metadata")


def library_named_twice() -> ReplyError:
    """``name=`` twice in the first line."""
    return err("Invalid metadata value, name argument was given multiple times")


def invalid_metadata_value(word: bytes) -> ReplyError:
    """Something else than ``name=``."""
    return err(f"Invalid metadata value given: {echo(word)}")


def library_not_named() -> ReplyError:
    """No ``name=`` in the first line."""
    return err("Library name was not given")


def bad_name(what: str) -> ReplyError:
    """A name with other characters; ``what`` is ``Library`` or ``Function``."""
    return err(
        f"{what} names can only contain letters, numbers, or underscores(_) and must be at least"
        " one character long"
    )


def engine_not_found(name: bytes) -> ReplyError:
    """A library for another engine than Lua (functions.c, functionsCreateWithLibraryCtx; here and
    below).
    """
    return err(f"Engine '{echo(name)}' not found")


def library_exists(name: bytes) -> ReplyError:
    """FUNCTION LOAD without REPLACE."""
    return err(f"Library '{echo(name)}' already exists")


def restored_library_exists(name: bytes) -> ReplyError:
    """FUNCTION RESTORE without REPLACE (functions.c, libraryJoin)."""
    return err(f"Library {echo(name)} already exists")


def function_exists(name: bytes) -> ReplyError:
    """Another library has a function of that name."""
    return err(f"Function {echo(name)} already exists")


def function_exists_in_library() -> ReplyError:
    """A library registers a name twice (functions.c, functionLibCreateFunction)."""
    return err("Function already exists in the library")


def no_functions() -> ReplyError:
    """A library that registers nothing."""
    return err("No functions registered")


def library_failed(what: str, why: str) -> ReplyError:
    """``compiling function`` or ``registering functions`` failed (function_lua.c,
    luaEngineCreate).
    """
    return err(f"Error {what}: {why}")


def library_not_found() -> ReplyError:
    """FUNCTION DELETE of no library (functions.c, functionDeleteCommand)."""
    return err("Library not found")


def function_not_found() -> ReplyError:
    """FCALL of no function (functions.c, fcallCommandGeneric)."""
    return err("Function not found")


def unknown_load_option(word: bytes) -> ReplyError:
    """FUNCTION LOAD with anything but REPLACE before the code (functions.c,
    functionLoadCommand).
    """
    return err(f"Unknown option given: {echo(word)}")


def unknown_list_argument(word: bytes) -> ReplyError:
    """FUNCTION LIST with an unknown or repeated word (functions.c, functionListCommand)."""
    return err(f"Unknown argument {echo(word)}")


def library_name_missing() -> ReplyError:
    """FUNCTION LIST LIBRARYNAME without a pattern (functions.c, functionListCommand)."""
    return err("library name argument was not given")


def function_flush_mode() -> ReplyError:
    """FUNCTION FLUSH with anything but SYNC or ASYNC (functions.c, functionFlushCommand)."""
    return err("FUNCTION FLUSH only supports SYNC|ASYNC option")


def restore_policy() -> ReplyError:
    """FUNCTION RESTORE with an unknown policy (functions.c, functionRestoreCommand; here and
    below).
    """
    return err("Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")


def not_a_function() -> ReplyError:
    """A payload with anything but libraries in it."""
    return err("given type is not a function")


def unreadable_functions() -> ReplyError:
    """A payload that ends too early."""
    return err("failed loading the given functions payload")
