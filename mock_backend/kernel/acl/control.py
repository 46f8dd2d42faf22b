"""Access control: the users of a server, who is logged in as whom, and what is denied.

A session whose user may do everything never comes here: ``User.unrestricted`` says so, and
``Session.gated`` asks it.  Source: acl.c, server.c (processCommand), networking.c (authRequired).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from mock_backend import errors
from mock_backend.errors import acl as acl_errors
from mock_backend.kernel.acl import file as acl_file
from mock_backend.kernel.acl.log import AclLog
from mock_backend.kernel.acl.permitted import Catalogue
from mock_backend.kernel.acl.selectors import Denial, Reason, permits_channel
from mock_backend.kernel.acl.users import User, ruled
from mock_backend.kernel.session import Session
from mock_backend.profile import Since
from mock_backend.replies import ReplyError
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.context import Context
    from mock_backend.kernel.kernel import Kernel

Words = Sequence[bytes]

_ENDS_FEWER: Final = Since("redis-7.4.0,valkey-8.0.0")
"""ACL LOAD ends only the connections that have lost something."""
_NAMES_USER: Final = Since("7.2.0")
"""ACL DRYRUN tells who may not."""

_WHAT: Final = {Reason.KEY: "key", Reason.CHANNEL: "channel"}
_LOST: Final = {
    Reason.COMMAND: "no permission to execute the command or subcommand",
    Reason.KEY: "no permission to touch the specified keys",
    Reason.CHANNEL: "no permission to access one of the channels used as arguments",
}
_OLDER_IN_SCRIPT: Final = {
    Reason.COMMAND: "can't run this command or subcommand",
    Reason.KEY: "can't access at least one of the keys mentioned in the command arguments",
    Reason.CHANNEL: "can't publish to the channel mentioned in the command",
}


class Acl:
    """The users of one server."""

    def __init__(self, kernel: Kernel, *, password: str, file: str) -> None:
        self._kernel = kernel
        self.catalogue = Catalogue(kernel.commands)
        self.users: dict[bytes, User] = {}
        self.file = file
        """Where ACL SAVE writes and ACL LOAD reads; empty: nowhere."""
        self.log = AclLog(kernel)
        self.default = self.users[b"default"] = self._open_user()
        self.set_default_password(password)
        if file:
            try:
                self.load()
            except ReplyError as error:
                raise ValueError(error.text) from None

    @property
    def new_ones_hear_all(self) -> bool:
        """``acl-pubsub-default``: whether selectors begin with every channel."""
        return self._kernel.config.text("acl-pubsub-default") == "allchannels"

    def in_order(self) -> Iterator[User]:
        """Every user, by name."""
        return (self.users[name] for name in sorted(self.users))

    def new(self, name: bytes) -> User:
        """A user of that name that is not yet one of the server's."""
        kernel = self._kernel
        return User.new(name, self.catalogue, kernel.profile, all_channels=self.new_ones_hear_all)

    def _open_user(self) -> User:
        """The default user, as it is without a word about it: it may do everything."""
        user = self.new(b"default")
        for rule in (b"+@all", b"~*", b"&*", b"on", b"nopass"):
            user.apply_one(rule, all_channels=False)
        return user

    def set_default_password(self, password: str) -> None:
        """``requirepass``: the password of the default user, or none."""
        secret = b">" + password.encode("utf-8", "surrogateescape")
        self.default.apply(
            [b"resetpass", secret if password else b"nopass"], all_channels=self.new_ones_hear_all
        )

    def set_user(self, name: bytes, words: Words, caller: Session) -> None:
        """Makes or changes a user: all rules are applied, or none.

        Errors: ERR, naming the rule that cannot be applied.
        """
        user = self.users.get(name)
        changed = self.new(name) if user is None else user.copy()
        changed.apply(ruled(words, self._kernel.profile), all_channels=self.new_ones_hear_all)
        if user is None:
            self.users[name] = changed
            return
        self._end_listeners(user, changed, caller)
        user.become(changed)
        self._regate()

    def start_user(self, name: bytes, words: Words) -> None:
        """A ``user`` line of the configuration file, from a clean slate.

        Errors: ``ReplyError``, naming the rule that cannot be applied.
        """
        user = self.new(name)
        user.apply(ruled(words, self._kernel.profile), all_channels=self.new_ones_hear_all)
        if name in self.users:
            self.users[name].become(user)
        else:
            self.users[name] = user

    def delete(self, name: bytes, caller: Session) -> bool:
        """Whether there was such a user; who was logged in as it is thrown out."""
        user = self.users.pop(name, None)
        if user is None:
            return False
        self._throw_out([user], caller)
        return True

    def load(self, caller: Session | None = None) -> None:
        """Takes all users from the file, or none.  Errors: ERR, telling of every bad line."""
        profile = self._kernel.profile
        loaded = acl_file.read(self.file, self.new, profile, all_channels=self.new_ones_hear_all)
        before = self.users
        self.users = loaded
        # the default user stays itself, whatever it may do now: sessions hold on to it
        stated = loaded.get(b"default") or self._open_user()
        self.default.become(stated)
        loaded[b"default"] = self.default
        if caller is None:
            return
        if not profile.has(_ENDS_FEWER):
            self._throw_out([each for each in before.values() if each is not self.default], caller)
        else:
            self._move_over(caller)
        self._regate()

    def save(self) -> None:
        """Writes all users to the file.  Errors: ERR."""
        acl_file.write(self.file, list(self.in_order()), self._kernel.profile)

    def _move_over(self, caller: Session) -> None:
        """After ACL LOAD: sessions get their user anew; who lost it or its channels goes."""
        for session in list(self._kernel.sessions.values()):
            user = self.users.get(session.user.name)
            if user is None:
                self._throw_out([session.user], caller)
            elif user is not session.user:
                if _loses(session, session.user, user):
                    self._kernel.end(session, by=caller)
                session.user = user

    def _throw_out(self, users: Sequence[User], caller: Session) -> None:
        for session in list(self._kernel.sessions.values()):
            if session.user in users:
                session.user = self.default
                session.authenticated = False
                session.regate()
                self._kernel.end(session, by=caller)

    def _end_listeners(self, user: User, changed: User, caller: Session) -> None:
        """Who listens to what the user may no longer hear is thrown out."""
        for session in list(self._kernel.sessions.values()):
            if session.user is user and _loses(session, user, changed):
                self._kernel.end(session, by=caller)

    def _regate(self) -> None:
        for session in self._kernel.sessions.values():
            session.regate()

    @property
    def opens(self) -> bool:
        """Whether new connections need not log in."""
        return self.default.enabled and self.default.needs_no_password

    def is_stranger(self, session: Session) -> bool:
        """Whether a session must log in first."""
        return not session.authenticated and not self.opens

    def begin(self, session: Session) -> None:
        """A connection is new, or as good as new."""
        session.user = self.default
        session.authenticated = self.opens
        session.regate()

    def log_in(self, ctx: Context, name: bytes, password: bytes, command: bytes) -> None:
        """AUTH.  Errors: WRONGPASS."""
        session, user = ctx.session, self.users.get(name)
        if user is None or not user.accepts(password):
            context = "multi" if ctx.atomic else "toplevel"
            self.log.add(session, Reason.AUTH, context, command, name)
            raise errors.wrong_password()
        session.user = user
        session.authenticated = True
        session.regate()

    def refusal(
        self, session: Session, command: Command, words: Words, context: str = ""
    ) -> ReplyError | None:
        """Why the session may not make this call, if so; it is noted in the log."""
        denial = session.user.denies(command, words)
        if denial is None:
            return None
        session.last_command = command.name
        self._note(session, denial, command, words, context or _context(session))
        return _explained(denial[0], session.user, command).said_by(self._kernel.profile)

    def refusal_at_exec(
        self, session: Session, command: Command, words: Words
    ) -> ReplyError | None:
        """As above, of a call that was queued."""
        denial = session.user.denies(command, words)
        if denial is None:
            return None
        self._note(session, denial, command, words, "multi")
        error = acl_errors.no_permission_any_more(_LOST[denial[0]])
        self._kernel.statistics.count_error(error.code)
        return error

    def refusal_in_script(
        self, caller: Session, command: Command, words: Words
    ) -> ReplyError | None:
        """As above, of ``redis.call`` in a script that ``caller`` runs."""
        denial = caller.user.denies(command, words)
        if denial is None:
            return None
        self._note(caller, denial, command, words, "lua")
        text = _explained(denial[0], caller.user, command).text
        error = acl_errors.no_permission_in_script(text, _OLDER_IN_SCRIPT[denial[0]])
        return error.said_by(self._kernel.profile)

    def told(self, denial: Denial, user: User, command: Command, words: Words) -> bytes:
        """What ACL DRYRUN says of a call that is denied."""
        reason, index = denial
        named = self._kernel.profile.has(_NAMES_USER)
        who = b"User " + user.name if named else b"This user"
        if reason is Reason.COMMAND:
            return b"%b has no permissions to run the '%b' command" % (who, command.name.encode())
        what = _WHAT[reason].encode()
        return b"%b has no permissions to access the '%b' %b" % (who, words[index], what)

    def _note(
        self, session: Session, denial: Denial, command: Command, words: Words, context: str
    ) -> None:
        reason, index = denial
        about = command.name.encode() if reason is Reason.COMMAND else words[index]
        self.log.add(session, reason, context, about, session.user.name)


def _context(session: Session) -> str:
    return "toplevel" if session.queue is None else "multi"


def _explained(reason: Reason, user: User, command: Command) -> ReplyError:
    if reason is Reason.COMMAND:
        run = f"has no permissions to run the '{command.name}' command"
        name = errors.echo(user.name)
        return acl_errors.no_permission(f"User {name} {run}", f"this user {run}")
    what = _WHAT[reason]
    return acl_errors.no_permission(
        f"No permissions to access a {what}",
        f"this user has no permissions to access one of the {what}s used as arguments",
    )


def _loses(session: Session, user: User, changed: User) -> bool:
    """Whether the session listens to what it could before, and cannot after the change."""
    if not session.is_subscribed or any(each.all_channels for each in changed.selectors):
        return False
    left = {pattern: None for each in changed.selectors for pattern in each.channels}
    if not any(each.all_channels or each.channels.keys() - left for each in user.selectors):
        return False
    return not (
        all(permits_channel(left, name, is_pattern=True) for name in session.patterns)
        and all(
            permits_channel(left, name, is_pattern=False)
            for name in (*session.channels, *session.shard_channels)
        )
    )
