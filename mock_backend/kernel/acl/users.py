"""A user: whether and with which passwords one can log in, and what is permitted then.

Rules are applied one by one; ``ruled`` joins selectors that were spread over several words first.
Source: acl.c (ACLSetUser, ACLMergeSelectorArguments).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from mock_backend.errors import acl as errors
from mock_backend.kernel.acl.permitted import Catalogue
from mock_backend.kernel.acl.selectors import Denial, Reason, Selector
from mock_backend.profile import Profile, Since
from mock_backend.resp.inline import UnbalancedQuotes, split
from mock_backend.schema.access import KeyUse, keys_of
from mock_backend.schema.command import Command

_NESTS: Final = Since("7.2.0")
"""A parenthesis inside of parentheses belongs to what stands in them."""
_SANITIZES: Final = Since("7.2.0")
_FLAGS: Final = ("on", "off", "nopass", "skip-sanitize-payload", "sanitize-payload")
"""In the order in which ACL LIST prints them."""
_DIGITS: Final = frozenset(b"0123456789abcdef")


class User:
    """One user of the server."""

    def __init__(self, name: bytes, catalogue: Catalogue, *, all_channels: bool) -> None:
        self.name = name
        self._catalogue = catalogue
        self._flags = {"off"}
        self.passwords: dict[str, None] = {}
        """SHA-256 of each, in hexadecimal digits."""
        self.selectors = [Selector.new(catalogue, all_channels=all_channels)]
        """The root comes first."""
        self.unrestricted = False
        """Whether everything is permitted: such sessions need not be looked at."""

    @classmethod
    def new(
        cls, name: bytes, catalogue: Catalogue, profile: Profile, *, all_channels: bool
    ) -> User:
        """A user who may do nothing."""
        user = cls(name, catalogue, all_channels=all_channels)
        if profile.has(_SANITIZES):
            user._flags.add("sanitize-payload")
        return user

    def copy(self) -> User:
        """The same, to be changed."""
        twin = User(self.name, self._catalogue, all_channels=False)
        twin.become(self)
        return twin

    def become(self, other: User) -> None:
        """Takes over everything but the name."""
        self._flags = set(other._flags)
        self.passwords = dict(other.passwords)
        self.selectors = [selector.copy() for selector in other.selectors]
        self.unrestricted = any(selector.unrestricted for selector in self.selectors)

    @property
    def enabled(self) -> bool:
        """Whether one can log in as this user."""
        return "on" in self._flags

    @property
    def needs_no_password(self) -> bool:
        """Whether any password will do."""
        return "nopass" in self._flags

    @property
    def flags(self) -> list[str]:
        """In the server's order."""
        return [flag for flag in _FLAGS if flag in self._flags]

    def accepts(self, password: bytes) -> bool:
        """Whether one can log in with it."""
        return self.enabled and (self.needs_no_password or _hashed(password) in self.passwords)

    def apply(self, rules: Iterable[bytes], *, all_channels: bool) -> None:
        """Applies every rule; ``all_channels`` is what new selectors begin with.

        Errors: ``ReplyError`` naming the rule; those before it have been applied.
        """
        for rule in rules:
            try:
                self.apply_one(rule, all_channels=all_channels)
            except errors.BadRule as why:
                raise errors.modifier(rule, why) from None

    def apply_one(self, rule: bytes, *, all_channels: bool) -> None:
        """Applies one rule.  Errors: ``BadRule``."""
        match rule.lower():
            case b"":
                return
            case b"on":
                self._flag("on", "off")
            case b"off":
                self._flag("off", "on")
            case b"skip-sanitize-payload":
                self._flag("skip-sanitize-payload", "sanitize-payload")
            case b"sanitize-payload":
                self._flag("sanitize-payload", "skip-sanitize-payload")
            case b"nopass":
                self._flags.add("nopass")
                self.passwords.clear()
            case b"resetpass":
                self._flags.discard("nopass")
                self.passwords.clear()
            case b"clearselectors":
                del self.selectors[1:]
            case b"reset":
                self._reset(all_channels)
            case _ if rule[:1] in (b">", b"#"):
                self.passwords[_password(rule, b">")] = None
                self._flags.discard("nopass")
            case _ if rule[:1] in (b"<", b"!"):
                password = _password(rule, b"<")
                if password not in self.passwords:
                    raise errors.no_such_password()
                del self.passwords[password]
            case _ if rule[:1] == b"(" and rule[-1:] == b")":
                self.selectors.append(self._selector(rule[1:-1], all_channels))
            case _:
                self.selectors[0].apply(rule)
        self.unrestricted = any(selector.unrestricted for selector in self.selectors)

    def _flag(self, flag: str, instead_of: str) -> None:
        self._flags.add(flag)
        self._flags.discard(instead_of)

    def _reset(self, all_channels: bool) -> None:
        """As it was made, but for ``sanitize-payload``."""
        self._flags = {"off", "sanitize-payload"}
        self.passwords.clear()
        self.selectors = [Selector.new(self._catalogue, all_channels=all_channels)]

    def _selector(self, rules: bytes, all_channels: bool) -> Selector:
        """What stands in parentheses; where quotes do not match, nothing."""
        selector = Selector.new(self._catalogue, all_channels=all_channels)
        try:
            words = split(rules)
        except UnbalancedQuotes:
            words = []
        for word in words:
            selector.apply(word)
        return selector

    def denies(self, command: Command, words: Sequence[bytes]) -> Denial | None:
        """Why no selector permits the call, or ``None``: of what the selectors say the furthest."""
        if self.unrestricted:
            return None
        keys: Sequence[KeyUse] = keys_of(command, words)
        furthest, place = Reason.COMMAND, 0
        for selector in self.selectors:
            denial = selector.denies(command, words, keys)
            if denial is None:
                return None
            reason, index = denial
            if reason > furthest or (reason == furthest and index > place):
                furthest, place = reason, index
        return furthest, place

    def reads_every_key(self, command: Command, words: Sequence[bytes]) -> bool:
        """Whether a selector permits the call and reading any key besides."""
        if self.unrestricted:
            return True
        keys = keys_of(command, words)
        return any(
            selector.reads_every_key and selector.denies(command, words, keys) is None
            for selector in self.selectors
        )

    def text(self, profile: Profile) -> bytes:
        """As ACL LIST prints it, without ``user`` and the name."""
        root, *others = (selector.text(profile) for selector in self.selectors)
        parts = [
            *(flag.encode() for flag in self.flags),
            *(b"#" + password.encode() for password in self.passwords),
            root,
            *(b"(" + other + b")" for other in others),
        ]
        return b" ".join(parts)


def is_plain(name: bytes) -> bool:
    """Whether a user can be called so: without blanks and NULs."""
    return not any(byte in b" \t\n\v\f\r\0" for byte in name)


def ruled(words: Sequence[bytes], profile: Profile) -> list[bytes]:
    """The rules that ``words`` are; a selector may be spread over several of them.  For 7.0 each
    opening parenthesis begins another one.

    Errors: ``ReplyError`` for one that is never closed.
    """
    nests = profile.has(_NESTS)
    rules: list[bytes] = []
    opened: bytes | None = None
    selector = b""
    for word in words:
        if word[:1] == b"(" and word[-1:] != b")" and not (nests and opened is not None):
            opened = selector = word
        elif opened is not None:
            selector += b" " + word
            if word[-1:] == b")":
                rules.append(selector)
                opened = None
        else:
            rules.append(word)
    if opened is not None:
        raise errors.unmatched_parenthesis(opened)
    return rules


def _password(rule: bytes, plain: bytes) -> str:
    """The SHA-256 that ``>password`` or ``#hash`` means."""
    if rule[:1] == plain:
        return _hashed(rule[1:])
    if len(rule) != 65 or not _DIGITS.issuperset(rule[1:]):
        raise errors.bad_hash()
    return rule[1:].decode()


def _hashed(password: bytes) -> str:
    return hashlib.sha256(password).hexdigest()
