"""Error texts of access control: rules that cannot be, users that may not.

Texts are those of Valkey 8.0; what Redis 7.0 words otherwise stands beside.  Source: acl.c, and
where another file is named.
"""

from __future__ import annotations

from mock_backend.errors import echo, err
from mock_backend.replies import ReplyError


class BadRule(Exception):
    """A rule of ACL SETUSER that cannot be applied; the text is what the server says behind it."""

    def __init__(self, text: str, *, unknown: bool = False) -> None:
        super().__init__(text)
        self.unknown = unknown
        """Whether it names a command or category that there is not."""


def no_such_rule() -> BadRule:
    """The word is no rule, or has characters that a pattern must not have."""
    return BadRule("Syntax error")


def unknown_name() -> BadRule:
    """No such command, subcommand or category."""
    return BadRule("Unknown command or category name in ACL", unknown=True)


def all_keys_already() -> BadRule:
    """A pattern behind ``~*`` would change nothing."""
    return BadRule(
        "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
        " have any effect. Try 'resetkeys' to start with an empty list of patterns"
    )


def all_channels_already() -> BadRule:
    """A pattern behind ``&*`` would change nothing."""
    return BadRule(
        "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does"
        " not have any effect. Try 'resetchannels' to start with an empty list of channels"
    )


def no_such_password() -> BadRule:
    """A password is taken away that was never given."""
    return BadRule("The password you are trying to remove from the user does not exist")


def bad_hash() -> BadRule:
    """``#`` or ``!`` with something that is no SHA-256 in lower-case hexadecimal digits."""
    return BadRule(
        "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
        " characters"
    )


def argument_of_subcommand() -> BadRule:
    """``+config|get|x``: a first argument can only be allowed of a whole command."""
    return BadRule("Allowing first-arg of a subcommand is not supported")


def modifier(rule: bytes, why: BadRule) -> ReplyError:
    """One rule of ACL SETUSER cannot be applied: none was."""
    return err(f"Error in ACL SETUSER modifier '{echo(rule)}': {why}")


def unmatched_parenthesis(rule: bytes) -> ReplyError:
    """A selector that is opened and never closed."""
    return err(f"Unmatched parenthesis in acl selector starting at '{echo(rule)}'.")


def bad_user_name() -> ReplyError:
    """ACL SETUSER of a name with blanks."""
    return err("Usernames can't contain spaces or null characters")


def default_user_stays() -> ReplyError:
    """ACL DELUSER default."""
    return err("The 'default' user cannot be removed")


def unknown_category(name: bytes) -> ReplyError:
    """ACL CAT of a category that there is not."""
    return err(f"Unknown category '{echo(name[:128])}'")


def password_bits(most: int) -> ReplyError:
    """ACL GENPASS of fewer than one or too many bits."""
    return err(
        "ACL GENPASS argument must be the number of bits for the output password, a positive"
        f" number up to {most}"
    )


def no_such_user(name: bytes) -> ReplyError:
    """ACL DRYRUN for nobody."""
    return err(f"User '{echo(name)}' not found")


def no_such_command(name: bytes) -> ReplyError:
    """ACL DRYRUN of nothing."""
    return err(f"Command '{echo(name)}' not found")


def no_file(line: str) -> ReplyError:
    """ACL LOAD and SAVE of a server without ``aclfile``; Redis names itself."""
    name = "Redis " if line == "redis" else ""
    return err(
        f"This {name}instance is not configured to use an ACL file. You may want to specify users"
        f" via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a {name}"
        f"configuration file set) in order to store users in the {name}configuration."
    )


def not_saved() -> ReplyError:
    """ACL SAVE could not write."""
    return err(
        "There was an error trying to save the ACLs. Please check the server logs for more"
        " information"
    )


def no_password_configured() -> ReplyError:
    """AUTH with a password alone, where the default user takes any."""
    return err(
        "AUTH <password> called without any password configured for the default user."
        " Are you sure your configuration is correct?"
    )


def no_internal_connections() -> ReplyError:
    """AUTH as another node of a cluster, where there is none (Redis 8.0: acl.c, internalAuth)."""
    return err("Cannot authenticate as an internal connection on non-cluster instances")


def hello_first() -> ReplyError:
    """HELLO without AUTH before the password (networking.c, helloCommand)."""
    text = (
        "HELLO must be called with the client already authenticated, otherwise the HELLO {}AUTH"
        " <user> <pass> option can be used to authenticate the client and select the RESP protocol"
        " version at the same time"
    )
    return ReplyError("NOAUTH", text.format("<proto> ")).before(
        "7.2.0", ReplyError("NOAUTH", text.format(""))
    )


def no_permission(text: str, older: str) -> ReplyError:
    """The user may not do this (server.c, processCommand); ``older`` is what 7.0 says."""
    return ReplyError("NOPERM", text).before("7.2.0", ReplyError("NOPERM", older))


def no_permission_any_more(reason: str) -> ReplyError:
    """The user could do this when it was queued, but may not at EXEC (multi.c, execCommand)."""
    return ReplyError(
        "NOPERM",
        "ACLs rules changed between the moment the transaction was accumulated and the EXEC call."
        f" This command is no longer allowed for the following reason: {reason}",
    )


def no_permission_in_script(text: str, older: str) -> ReplyError:
    """``redis.call`` of what the caller of the script may not do (script.c, scriptVerifyACL)."""
    return err(f"ACL failure in script: {text}").before(
        "7.2.0", err(f"The user executing the script {older}")
    )


def sort_by_denied() -> ReplyError:
    """SORT BY a pattern, by a user who may not read every key (sort.c, sortCommandGeneric)."""
    return err("BY option of SORT denied due to insufficient ACL permissions.")


def sort_get_denied() -> ReplyError:
    """SORT GET, by a user who may not read every key (sort.c, sortCommandGeneric)."""
    return err("GET option of SORT denied due to insufficient ACL permissions.")
