"""Every error text of the server, once.

Callers raise a name, not a sentence: ``raise errors.wrong_type()``.  Each function returns the
error in the words of the newest servers; ``before`` adds what older ones say.  Groups with many
errors of their own have modules here.
"""

from __future__ import annotations

from mock_backend.replies import ReplyError


def err(text: str) -> ReplyError:
    """The general error; for texts that belong to one command only, named at their place."""
    return ReplyError("ERR", text)


def unknown_command(name: bytes, arguments: list[bytes]) -> ReplyError:
    """No such command (server.c, commandCheckExistence): at most 128 characters of each part are
    echoed.
    """
    shown = ""
    for argument in arguments:
        if len(shown) >= 128:
            break
        shown += f"'{echo(argument[: 128 - len(shown)])}' "
    return err(f"unknown command '{echo(name[:128])}', with args beginning with: {shown}")


def unknown_subcommand(subcommand: bytes, container: str) -> ReplyError:
    """The container has no such subcommand (server.c, commandCheckExistence)."""
    return err(f"unknown subcommand '{echo(subcommand[:128])}'. Try {container.upper()} HELP.")


class MisplacedWords(Exception):
    """A subcommand got words it cannot place: becomes ``wrong_subcommand_arity``, with the
    subcommand as the client spelt it.
    """


def wrong_subcommand_arity(subcommand: bytes, container: str) -> ReplyError:
    """A subcommand that parses by hand got words it cannot place (networking.c,
    addReplySubcommandSyntaxError).
    """
    return err(
        f"unknown subcommand or wrong number of arguments for '{echo(subcommand[:128])}'."
        f" Try {container.upper()} HELP."
    )


def wrong_arity(name: str) -> ReplyError:
    """Too few or too many words; ``name`` is the full name, ``client|setname``."""
    return err(f"wrong number of arguments for '{name}' command")


def syntax() -> ReplyError:
    """An option in the wrong place, twice, or unknown (server.c, shared.syntaxerr)."""
    return err("syntax error")


def not_an_integer() -> ReplyError:
    """No signed 64-bit integer in plain decimal form (object.c, getLongLongFromObjectOrReply)."""
    return err("value is not an integer or out of range")


def not_a_float() -> ReplyError:
    """No floating point number, or NaN (object.c, getDoubleFromObjectOrReply)."""
    return err("value is not a valid float")


def out_of_range() -> ReplyError:
    """An integer outside what the command allows (object.c, getRangeLongFromObjectOrReply)."""
    return err("value is out of range")


def outside(least: int, most: int) -> ReplyError:
    """An integer outside the range named (object.c, getRangeLongFromObjectOrReply)."""
    return err(f"value is out of range, value must between {least} and {most}")


def negative_limit() -> ReplyError:
    """SINTERCARD LIMIT that is no number from 0 on (t_set.c, sinterCardCommand)."""
    return err("LIMIT can't be negative")


def not_positive() -> ReplyError:
    """A count below zero (object.c, getPositiveLongFromObjectOrReply)."""
    return err("value is out of range, must be positive")


def timeout_not_a_float() -> ReplyError:
    """A timeout in seconds that cannot be read (timeout.c, getTimeoutFromObjectOrReply)."""
    return err("timeout is not a float or out of range")


def timeout_not_an_integer() -> ReplyError:
    """A blocking timeout in milliseconds that cannot be read (timeout.c,
    getTimeoutFromObjectOrReply).
    """
    return err("timeout is not an integer or out of range")


def timeout_out_of_range() -> ReplyError:
    """A blocking timeout that overflows once the current time is added (timeout.c)."""
    return err("timeout is out of range")


def timeout_negative() -> ReplyError:
    """A blocking timeout below zero (timeout.c, getTimeoutFromObjectOrReply)."""
    return err("timeout is negative")


def bad_key_count() -> ReplyError:
    """FCALL with a ``numkeys`` that is no number (functions.c, fcallCommandGeneric)."""
    return err("Bad number of keys provided")


def negative_key_count() -> ReplyError:
    """EVAL with numkeys below zero (eval.c, evalGenericCommand)."""
    return err("Number of keys can't be negative")


def too_many_keys() -> ReplyError:
    """numkeys promises more keys than there are words."""
    return err("Number of keys can't be greater than number of args")


def numkeys_not_positive() -> ReplyError:
    """numkeys must be at least one (SINTERCARD, LMPOP, ZMPOP)."""
    return err("numkeys should be greater than 0")


def count_not_positive() -> ReplyError:
    """COUNT must be at least one (LMPOP, ZMPOP)."""
    return err("count should be greater than 0")


def invalid_expire(name: str) -> ReplyError:
    """A time to live of zero or less, or one that overflows (t_string.c,
    getExpireMillisecondsOrReply).
    """
    return err(f"invalid expire time in '{name}' command")


def unsupported_option(word: bytes) -> ReplyError:
    """EXPIRE with a condition that there is not (expire.c, parseExtendedExpireArgumentsOrReply)."""
    return err(f"Unsupported option {echo(word)}")


def unknown_type(name: bytes) -> ReplyError:
    """SCAN TYPE of a type that there is not (Valkey: db.c, scanGenericCommand)."""
    return err(f"unknown type name '{echo(name)}'")


def invalid_cursor() -> ReplyError:
    """A SCAN cursor that is no unsigned integer (db.c, parseScanCursorOrReply)."""
    return err("invalid cursor")


def wrong_type() -> ReplyError:
    """The key holds another type (server.c, shared.wrongtypeerr)."""
    return ReplyError("WRONGTYPE", "Operation against a key holding the wrong kind of value")


def no_hyperloglog() -> ReplyError:
    """A string that is no HyperLogLog (hyperloglog.c, isHLLObjectOrReply)."""
    return ReplyError("WRONGTYPE", "Key is not a valid HyperLogLog string value.")


def corrupted_hyperloglog() -> ReplyError:
    """A HyperLogLog whose runs do not cover its registers (hyperloglog.c, invalid_hll_err)."""
    return ReplyError("INVALIDOBJ", "Corrupted HLL object detected")


def no_such_key() -> ReplyError:
    """The command needs a key that exists (server.c, shared.nokeyerr)."""
    return err("no such key")


def index_out_of_range() -> ReplyError:
    """LSET beyond the list (server.c, shared.outofrangeerr)."""
    return err("index out of range")


def db_index_out_of_range() -> ReplyError:
    """SELECT of a database that is not configured (db.c, selectCommand)."""
    return err("DB index is out of range")


def same_object() -> ReplyError:
    """Source and destination are the same (server.c, shared.sameobjecterr)."""
    return err("source and destination objects are the same")


def increment_overflow() -> ReplyError:
    """INCR family: the sum leaves 64 bits (t_string.c, incrDecrCommand)."""
    return err("increment or decrement would overflow")


def hash_not_an_integer() -> ReplyError:
    """HINCRBY on a field that is no integer (t_hash.c, hincrbyCommand)."""
    return err("hash value is not an integer")


def hash_not_a_float() -> ReplyError:
    """HINCRBYFLOAT on a field that is no float (t_hash.c, hincrbyfloatCommand)."""
    return err("hash value is not a float")


def no_score() -> ReplyError:
    """SORT of something that is no number, without ALPHA (sort.c, sortCommandGeneric)."""
    return err("One or more scores can't be converted into double")


def infinite() -> ReplyError:
    """HINCRBYFLOAT by infinity (t_hash.c, hincrbyfloatCommand)."""
    return err("value is NaN or Infinity")


def bit_offset() -> ReplyError:
    """SETBIT and its like outside the longest string (bitops.c, getBitOffsetFromArgument)."""
    return err("bit offset is not an integer or out of range")


def nan_or_infinity() -> ReplyError:
    """INCRBYFLOAT whose result cannot be kept (t_string.c, incrbyfloatCommand)."""
    return err("increment would produce NaN or Infinity")


def string_too_long() -> ReplyError:
    """A string beyond proto-max-bulk-len (t_string.c, checkStringLength)."""
    return err("string exceeds maximum allowed size (proto-max-bulk-len)")


def offset_out_of_range() -> ReplyError:
    """SETRANGE before the beginning (t_string.c, setrangeCommand)."""
    return err("offset is out of range")


def invalid_stream_id() -> ReplyError:
    """No ``milliseconds-sequence`` (t_stream.c, streamGenericParseIDOrReply)."""
    return err("Invalid stream ID specified as stream command argument")


def no_group(key: bytes, group: bytes, where: str = "") -> ReplyError:
    """No such stream or no such consumer group (t_stream.c)."""
    text = f"No such key '{echo(key)}' or consumer group '{echo(group)}'{where}"
    return ReplyError("NOGROUP", text)


def no_such_group(key: bytes, group: bytes) -> ReplyError:
    """The stream is there, the consumer group is not (t_stream.c, xgroupCommand, xinfoCommand)."""
    text = f"No such consumer group '{echo(group)}' for key name '{echo(key)}'"
    return ReplyError("NOGROUP", text)


def busy_group() -> ReplyError:
    """XGROUP CREATE of a group that is there already (t_stream.c, xgroupCommand)."""
    return ReplyError("BUSYGROUP", "Consumer Group name already exists")


def no_auth() -> ReplyError:
    """Nothing but AUTH, HELLO, QUIT and RESET before the password (server.c, shared.noautherr)."""
    return ReplyError("NOAUTH", "Authentication required.")


def wrong_password() -> ReplyError:
    """AUTH or HELLO AUTH failed (acl.c, addAuthErrReply)."""
    return ReplyError("WRONGPASS", "invalid username-password pair or user is disabled.")


def no_protocol() -> ReplyError:
    """HELLO with a version other than 2 and 3 (networking.c, helloCommand)."""
    return ReplyError("NOPROTO", "unsupported protocol version")


def subscribed_mode(name: str) -> ReplyError:
    """A RESP2 session that is subscribed may only manage its subscriptions (server.c,
    processCommand).
    """
    return err(
        f"Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
        " are allowed in this context"
    )


def not_subscribed(name: str) -> ReplyError:
    """Unsubscribing without a single subscription (Valkey 8.0: server.c, processCommand)."""
    return ReplyError("NOSUB", f"'{name}' command executed not in subscribed mode")


def no_key_arguments() -> ReplyError:
    """COMMAND GETKEYS of a command without keys (server.c, getKeysSubcommandImpl)."""
    return err("The command has no key arguments")


def not_inside_multi(name: str) -> ReplyError:
    """A command that cannot be queued (server.c, processCommand)."""
    return err(f"Command '{name}' not allowed inside a transaction").before(
        "valkey-9.0.0", err("Command not allowed inside a transaction")
    )


def nested_multi() -> ReplyError:
    """MULTI inside MULTI, where that is the command's own business (multi.c, multiCommand; Valkey
    8.0 says ``not_inside_multi``).
    """
    return err("MULTI calls can not be nested")


def watch_inside_multi() -> ReplyError:
    """WATCH inside MULTI, where that is the command's own business (multi.c, watchCommand; Valkey
    8.0 says ``not_inside_multi``).
    """
    return err("WATCH inside MULTI is not allowed")


def without_multi(name: str) -> ReplyError:
    """EXEC or DISCARD without MULTI (multi.c)."""
    return err(f"{name} without MULTI")


def exec_abort() -> ReplyError:
    """EXEC after a command that could not be queued (server.c, shared.execaborterr)."""
    return ReplyError("EXECABORT", "Transaction discarded because of previous errors.")


def exec_refused(error: ReplyError) -> ReplyError:
    """EXEC itself was refused before it was performed (multi.c, execCommandAbort)."""
    why = error.text if error.code == "ERR" else error.line
    return ReplyError("EXECABORT", f"Transaction discarded because of: {why}")


def no_such_client() -> ReplyError:
    """CLIENT KILL by address that matches nobody (networking.c, clientKillCommand)."""
    return err("No such client")


def unblocked() -> ReplyError:
    """CLIENT UNBLOCK ... ERROR (blocked.c)."""
    return ReplyError("UNBLOCKED", "client unblocked via CLIENT UNBLOCK")


def too_many_clients() -> ReplyError:
    """maxclients is reached; the connection closes (networking.c, acceptCommonHandler)."""
    return err("max number of clients reached")


def cluster_disabled() -> ReplyError:
    """This server is no node of a cluster (cluster.c, clusterCommand)."""
    return err("This instance has cluster support disabled")


def not_enabled(kind: str) -> ReplyError:
    """DEBUG or MODULE LOAD where the configuration does not allow it (server.c, processCommand)."""
    return err(
        f"{kind.upper()} command not allowed. If the enable-{kind}-command option is set to"
        ' "local", you can run it from a local connection, otherwise you need to set this option'
        " in the configuration file, and then restart the server."
    )


def out_of_memory() -> ReplyError:
    """maxmemory is reached (server.c, shared.oomerr)."""
    return ReplyError("OOM", "command not allowed when used memory > 'maxmemory'.")


def bug(error: BaseException) -> ReplyError:
    """An exception that no handler foresaw: a mistake of this package, said loudly."""
    return err(f"bug in mock_backend: {type(error).__name__}: {error}")


def echo(word: bytes) -> str:
    """A word of the client inside an error line: it ends at its first NUL, as C's strings do; line
    breaks become blanks, other bytes stay as they are.
    """
    text = word.partition(b"\0")[0].replace(b"\r", b" ").replace(b"\n", b" ")
    return text.decode("utf-8", "surrogateescape")
