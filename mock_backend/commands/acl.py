"""ACL: the users, what they may do, and what they were denied.

The rules themselves are read in kernel/acl/; AUTH stands in connection.py.
"""

from __future__ import annotations

import secrets
from typing import Final

from mock_backend import errors
from mock_backend.commands.helping import help_for
from mock_backend.errors import acl as acl_errors
from mock_backend.kernel.acl.log import Entry
from mock_backend.kernel.acl.selectors import Selector
from mock_backend.kernel.acl.users import is_plain
from mock_backend.kernel.context import Context
from mock_backend.profile import Profile, Since
from mock_backend.replies import OK, Members, Pairs, Reply
from mock_backend.schema import types
from mock_backend.schema.command import CATEGORIES, Table

acl = Table("server", "")
acl.container("ACL", since="6.0.0", summary="A container for Access List Control commands.")

_PLAIN: Final = "noscript loading stale"
_ADMIN: Final = "admin noscript loading stale"
_MOST_BITS: Final = 4096
_NAMES_ENTRIES: Final = Since("7.2.0")
"""ACL LOG tells the number of an entry and when it was made."""

_HELP: Final = """
ACL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
CAT [<category>]
    List all commands that belong to <category>, or all command categories
    when no category is specified.
DELUSER <username> [<username> ...]
    Delete a list of users.
DRYRUN <username> <command> [<arg> ...]
    Returns whether the user can execute the given command without executing the command.
GETUSER <username>
    Get the user's details.
GENPASS [<bits>]
    Generate a secure 256-bit user password. The optional `bits` argument can
    be used to specify a different size.
LIST
    Show users details in config file format.
LOAD
    Reload users from the ACL file.
LOG [<count> | RESET]
    Show the ACL log entries.
SAVE
    Save the current config to the ACL file.
SETUSER <username> <attribute> [<attribute> ...]
    Create or modify a user with the specified attributes.
USERS
    List all the registered usernames.
WHOAMI
    Return the current connection username.
HELP
    Print this help.
"""


@acl.command("ACL CAT [arg ...]", flags=_PLAIN, since="6.0.0", container="ACL")
def cat(ctx: Context, args: list[bytes]) -> Reply:
    """Lists the ACL categories, or the commands inside a category."""
    if len(args) > 1:
        raise errors.MisplacedWords
    if not args:
        return [name.encode() for name in CATEGORIES]
    commands = ctx.kernel.acl.catalogue.category(args[0].decode("utf-8", "replace"))
    if commands is None:
        raise acl_errors.unknown_category(args[0])
    return [command.name.encode() for command in commands]


@acl.command("ACL DELUSER username [username ...]", flags=_ADMIN, since="6.0.0", container="ACL")
def deluser(ctx: Context, usernames: list[bytes]) -> Reply:
    """Deletes ACL users, and terminates their connections.

    Reply: how many there were.
    """
    if b"default" in usernames:
        raise acl_errors.default_user_stays()
    return sum(ctx.kernel.acl.delete(name, ctx.session) for name in usernames)


@acl.command("ACL DRYRUN username command [arg ...]", flags=_ADMIN, since="7.0.0", container="ACL")
def dryrun(ctx: Context, username: bytes, command: bytes, args: list[bytes]) -> Reply:
    """Simulates the execution of a command by a user, without executing the command.

    Reply: OK, or in words why not.
    """
    kernel = ctx.kernel
    user = kernel.acl.users.get(username)
    if user is None:
        raise acl_errors.no_such_user(username)
    words = [command, *args]
    found = kernel.commands.get(command.lower())
    if found is not None and found.subcommands and args:
        found = found.subcommands.get(args[0].lower())
    if found is None:
        raise acl_errors.no_such_command(command)
    count = len(words)
    if count < abs(found.arity) or 0 < found.arity != count:
        raise errors.wrong_arity(found.name)
    denial = user.denies(found, words)
    if denial is None:
        return OK
    return kernel.acl.told(denial, user, found, words)


@acl.command("ACL GENPASS [arg ...]", flags=_PLAIN, since="6.0.0", container="ACL")
def genpass(ctx: Context, args: list[bytes]) -> Reply:
    """Generates a pseudorandom, secure password that can be used to identify ACL users.

    Reply: hexadecimal digits, 64 unless a number of bits is given.
    """
    if len(args) > 1:
        raise errors.MisplacedWords
    bits = types.integer(args[0]) if args else 256
    if not 1 <= bits <= _MOST_BITS:
        raise acl_errors.password_bits(_MOST_BITS)
    digits = (bits + 3) // 4
    return secrets.token_hex(_MOST_BITS // 8)[:digits].encode()


@acl.command("ACL GETUSER username", flags=_ADMIN, since="6.0.0", container="ACL")
def getuser(ctx: Context, username: bytes) -> Reply:
    """Lists the ACL rules of a user.

    Reply: a map of flags, passwords, rules and selectors; ``None`` for nobody.
    """
    user = ctx.kernel.acl.users.get(username)
    if user is None:
        return None
    root, *others = (_described(each, ctx.kernel.profile) for each in user.selectors)
    return Pairs(
        [
            (b"flags", Members(flag.encode() for flag in user.flags)),
            (b"passwords", [password.encode() for password in user.passwords]),
            *root,
            (b"selectors", others),
        ]
    )


def _described(selector: Selector, profile: Profile) -> Pairs:
    return Pairs(
        [
            (b"commands", selector.commands_text(profile).encode("utf-8", "surrogateescape")),
            (b"keys", selector.keys_text()),
            (b"channels", selector.channels_text()),
        ]
    )


@acl.command("ACL LIST", flags=_ADMIN, since="6.0.0", container="ACL")
def list_(ctx: Context) -> Reply:
    """Dumps the effective rules in ACL file format."""
    profile = ctx.kernel.profile
    return [b"user %b %b" % (user.name, user.text(profile)) for user in ctx.kernel.acl.in_order()]


@acl.command("ACL LOAD", flags=_ADMIN, since="6.0.0", container="ACL")
def load(ctx: Context) -> Reply:
    """Reloads the rules from the configured ACL file."""
    _require_file(ctx)
    ctx.kernel.acl.load(ctx.session)
    return OK


@acl.command("ACL SAVE", flags=_ADMIN, since="6.0.0", container="ACL")
def save(ctx: Context) -> Reply:
    """Saves the effective ACL rules in the configured ACL file."""
    _require_file(ctx)
    ctx.kernel.acl.save()
    return OK


def _require_file(ctx: Context) -> None:
    if not ctx.kernel.acl.file:
        raise acl_errors.no_file(ctx.kernel.profile.line)


@acl.command("ACL LOG [arg ...]", flags=_ADMIN, since="6.0.0", container="ACL")
def log(ctx: Context, args: list[bytes]) -> Reply:
    """Lists recent security events generated due to ACL rules.

    Reply: ten entries or as many as are asked for, the newest first; OK for RESET.
    """
    if len(args) > 1:
        raise errors.MisplacedWords
    entries = ctx.kernel.acl.log.entries
    if args and args[0].lower() == b"reset":
        entries.clear()
        return OK
    count = max(types.integer(args[0]), 0) if args else 10
    return [_told(ctx, entry) for entry in list(entries)[:count]]


def _told(ctx: Context, entry: Entry) -> Pairs:
    pairs = Pairs(
        [
            (b"count", entry.count),
            (b"reason", entry.reason.name.lower().encode()),
            (b"context", entry.context.encode()),
            (b"object", entry.object),
            (b"username", entry.user),
            (b"age-seconds", (ctx.now - entry.updated_ms) / 1000),
            (b"client-info", entry.client),
        ]
    )
    if ctx.kernel.profile.has(_NAMES_ENTRIES):
        pairs += [
            (b"entry-id", entry.id),
            (b"timestamp-created", entry.created_ms),
            (b"timestamp-last-updated", entry.updated_ms),
        ]
    return pairs


@acl.command("ACL SETUSER username [rule ...]", flags=_ADMIN, since="6.0.0", container="ACL")
def setuser(ctx: Context, username: bytes, rules: list[bytes]) -> Reply:
    """Creates and modifies an ACL user and its rules.

    Errors: ERR, naming the rule that cannot be applied; then none is.
    """
    if not is_plain(username):
        raise acl_errors.bad_user_name()
    ctx.kernel.acl.set_user(username, rules, ctx.session)
    return OK


@acl.command("ACL USERS", flags=_ADMIN, since="6.0.0", container="ACL")
def users(ctx: Context) -> Reply:
    """Lists all ACL users."""
    return [user.name for user in ctx.kernel.acl.in_order()]


@acl.command("ACL WHOAMI", flags=_PLAIN, since="6.0.0", container="ACL")
def whoami(ctx: Context) -> Reply:
    """Returns the authenticated username of the current connection."""
    return ctx.session.user.name


help_for(acl, "ACL", since="6.0.0", text=_HELP)
