"""The file of ACL LOAD and ACL SAVE: one line per user, ``user alice on nopass ~* +@all``.

Either every line can be read or nothing is taken from it.  Source: acl.c (ACLLoadFromFile,
ACLSaveToFile).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from mock_backend import errors
from mock_backend.errors import acl as acl_errors
from mock_backend.kernel.acl.users import User, is_plain, ruled
from mock_backend.profile import Profile
from mock_backend.replies import ReplyError


def read(
    path: str, new: Callable[[bytes], User], profile: Profile, *, all_channels: bool
) -> dict[bytes, User]:
    """The users that the file tells of.  Errors: ERR, with all that is wrong in it."""
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise errors.err(f"Error loading ACLs, opening file '{path}': {error.strerror}") from None
    users: dict[bytes, User] = {}
    wrong = ""
    for number, line in enumerate(text.split(b"\n"), 1):
        words = line.strip(b" \t\r\n").split(b" ")
        if words == [b""]:
            continue
        place = f"{path}:{number}"
        if words[0] != b"user" or len(words) < 2:
            wrong += f"{place} should start with user keyword followed by the username. "
        elif not is_plain(words[1]):
            shown = errors.echo(words[1])
            wrong += f"'{place}: username '{shown}' contains invalid characters. "
        elif words[1] in users:
            shown = errors.echo(words[1])
            wrong += f"WARNING: Duplicate user '{shown}' found on line {number}. "
        else:
            user = users[words[1]] = new(words[1])
            try:
                rules = ruled(words[2:], profile)
            except ReplyError:
                wrong += f"{place}: Unmatched parenthesis in selector definition."
                continue
            wrong += _apply(user, rules, place, all_channels)
    if wrong:
        raise errors.err(
            f"{wrong}WARNING: ACL errors detected, no change to the previously active ACL rules was"
            " performed"
        )
    return users


def _apply(user: User, rules: Sequence[bytes], place: str, all_channels: bool) -> str:
    """What is wrong with the rules: every unknown name, and the first of other mistakes."""
    wrong = ""
    misread = False
    for rule in rules:
        try:
            user.apply_one(rule.strip(b"\t\r\n"), all_channels=all_channels)
        except acl_errors.BadRule as why:
            if why.unknown:
                wrong += f"{place}: Error in applying operation '{errors.echo(rule)}': {why}. "
            elif not misread:
                wrong += f"{place}: {why}. "
                misread = True
    return wrong


def write(path: str, users: Sequence[User], profile: Profile) -> None:
    """Writes a new file and puts it in the place of the old one.  Errors: ERR."""
    text = b"".join(b"user " + user.name + b" " + user.text(profile) + b"\n" for user in users)
    beside = Path(f"{path}.tmp-{os.getpid()}")
    try:
        beside.write_bytes(text)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise acl_errors.not_saved() from None
