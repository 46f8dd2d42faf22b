"""What stands between a command that is known and its performance, in the server's order (server.c,
processCommand).

A gate returns ``None`` to let the call through, or the reply that is given instead.  Sessions in no
special state never come here: ``Session.gated`` and ``Kernel.gated`` say whether one must look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from mock_backend import errors
from mock_backend.errors import replication as replication_errors
from mock_backend.kernel import protection
from mock_backend.kernel.reports.observing import SCRIPT_CALLS
from mock_backend.kernel.session import Session
from mock_backend.replies import NOTHING, QUEUED, Reply, ReplyError
from mock_backend.schema.command import MAY_REPLICATE, Command

if TYPE_CHECKING:
    from mock_backend.kernel.kernel import Kernel

_UNSUBSCRIBING: Final = frozenset(("unsubscribe", "punsubscribe", "sunsubscribe"))

_DELETING: Final = frozenset(("del", "unlink"))
"""In import mode these count what has expired."""

Gate = Callable[["Kernel", "Session", Command, Sequence[bytes]], Reply]

SUBSCRIBED_COMMANDS: Final = frozenset(
    "ping quit reset subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe".split()
)
UNQUEUED_COMMANDS: Final = frozenset("exec discard multi watch quit reset".split())


def protected(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """DEBUG and its like, if the configuration does not allow them."""
    return protection.refusal(kernel, session, command)


def authentication(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> Reply:
    """Nothing but AUTH, HELLO, QUIT and RESET before the password."""
    if "no_auth" not in command.flags and kernel.acl.is_stranger(session):
        return errors.no_auth()
    return None


def transaction_rules(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> Reply:
    """Some commands cannot be queued at all."""
    if session.queue is not None and "no_multi" in command.flags:
        return errors.not_inside_multi(command.name)
    return None


def permission(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """What the user may call, and with which keys and channels."""
    if session.user.unrestricted:
        return None
    return kernel.acl.refusal(session, command, words)


def redirected(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """In a cluster a call is performed where its keys are."""
    if kernel.cluster is None:
        return None
    return kernel.cluster.refusal(session, command, words)


def busy(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """While a script takes long it can be killed, and little else be done."""
    return kernel.scripts.refusal(command)


def monitoring_session(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> Reply:
    """A session that monitors, or a replica, does not touch keys: it is exempt from pauses."""
    touches = command.name in MAY_REPLICATE or command.flags & {"write", "readonly"}
    if (session.monitoring or session.is_replica) and touches:
        return errors.err("Replica can't interact with the keyspace")
    return None


def crowded(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """maxmemory-clients: clients go, perhaps this one."""
    if kernel.limits.evicting:
        kernel.limits.evict(session, words)
    return NOTHING if session.closing else None


def room(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """maxmemory: keys go, or what needs memory is refused."""
    if not kernel.room.evicts:
        return None
    kernel.current = None
    kernel.prepares = True
    try:
        kernel.room.make()
    finally:
        kernel.prepares = False
    needy = _needs(kernel, session, command, words, "denyoom")
    queueing = session.queue is not None
    refused = kernel.room.refuses(command.name, needy, queueing=queueing)
    return errors.out_of_memory() if refused else None


def _needs(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes], flag: str
) -> bool:
    """Whether the call has the flag, or one of those that EXEC would perform."""
    flags_of = kernel.scripts.flags_of
    if command.name == "exec":
        return any(flag in flags_of(*queued) for queued in session.queue or ())
    return flag in flags_of(command, words)


def unsaved(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """Nothing is written once the data could not be saved; PING tells of it, too."""
    refusal = kernel.persistence.refusal()
    return refusal if refusal is not None and _needs_saving(session, command) else None


def _needs_saving(session: Session, command: Command) -> bool:
    queue = session.queue if command.name == "exec" and session.queue else ()
    return (
        command.name == "ping"
        or "write" in command.flags
        or any("write" in each.flags for each, _ in queue)
    )


def replicated(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """A replica may only be read from; a primary may want replicas before it is written to."""
    replication = kernel.replication
    if not replication.gates or session.is_primary:
        return None
    following = replication.following
    writes = _needs(kernel, session, command, words, "write")
    capable = session.capabilities and b"redirect" in session.capabilities
    if following is not None and capable and kernel.cluster is None:
        reads = "readonly" in command.flags and not session.reads_only
        if writes or reads:
            return replication_errors.redirected(following.host, following.port)
    return replication.refusal() if writes else None


def stale(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """A replica without its primary may refuse to tell what it has."""
    if session.is_primary or not kernel.replication.stale:
        return None
    calls = [(command, words)]
    if command.name == "exec":
        calls += session.queue or ()
    if all("stale" in kernel.scripts.flags_of(*each) for each in calls):
        return None
    return replication_errors.primary_down()


def paused(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """CLIENT PAUSE holds the call until the pause is over."""
    return (
        kernel.pause.hold(session, command, words)
        if kernel.pause.concerns(session, command, words)
        else None
    )


def monitored(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """Not a gate, but its place: calls of scripts are shown before what they call."""
    kernel.current = session
    if kernel.importing and kernel.replication.following is None:
        _import(kernel, session, command, words)
    if kernel.accesses.selective:
        kernel.accesses.note(session, command)
    if kernel.monitors and command.name in SCRIPT_CALLS and session.queue is None:
        kernel.observer.show(session.context, words)
    return None


def _import(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> None:
    """Who imports sees what has expired; of others only writes remove it (db.c, expireIfNeeded)."""
    space = kernel.space
    space.primary_speaks = session.imports or command.name in _DELETING
    # GETEX looks its key up as one that is read
    writes = command.name != "getex" and _needs(kernel, session, command, words, "write")
    space.keeps_expired = space.primary_speaks or not writes or bool(kernel.pause.until_ms)


def subscribed_mode(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> Reply:
    """A RESP2 session that listens may only manage its subscriptions."""
    listens = session.protocol == 2 and (session.subscriptions or session.shard_channels)
    if listens and command.name not in SUBSCRIBED_COMMANDS:
        return errors.subscribed_mode(command.name)
    return None


def unsubscribing(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> Reply:
    """Who listens to nothing cannot even queue the end of it, in Valkey 8.0."""
    if kernel.channels.strict and command.name in _UNSUBSCRIBING and not session.is_subscribed:
        return errors.not_subscribed(command.name)
    return None


def queueing(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """Inside MULTI calls are put by until EXEC; not those that it will never perform."""
    if session.queue is not None and command.name not in UNQUEUED_COMMANDS:
        if not (session.must_abort or session.watch_broken):
            session.queue.append((command, words))
        return QUEUED
    return None


GATES: Final[tuple[Gate, ...]] = (
    protected,
    authentication,
    transaction_rules,
    permission,
    redirected,
    crowded,
    room,
    unsaved,
    replicated,
    subscribed_mode,
    stale,
    busy,
    monitoring_session,
    unsubscribing,
    paused,
    queueing,
    monitored,
)

_OF_THE_SERVER: Final = frozenset(
    (redirected, room, unsaved, replicated, stale, busy, paused, monitored)
)
"""These are of interest only while ``Kernel.gated``."""

_OF_THE_SESSION: Final = tuple(gate for gate in GATES if gate not in _OF_THE_SERVER)


_OF_THE_SESSION_IN_A_CLUSTER: Final = tuple(
    gate for gate in GATES if gate is redirected or gate not in _OF_THE_SERVER
)

_ANEW: Final[tuple[Gate, ...]] = (permission, room, unsaved, replicated, stale)


def refuse_anew(
    kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]
) -> ReplyError | None:
    """Why a call that has waited may not be performed now, if so."""
    for gate in _ANEW:
        reply = gate(kernel, session, command, words)
        if isinstance(reply, ReplyError):
            return reply
    return None


def refuse(kernel: Kernel, session: Session, command: Command, words: Sequence[bytes]) -> Reply:
    """Asks every gate in order; the first reply that one gives, or ``None`` if the call may be
    performed.
    """
    if not kernel.merely_clustered:
        gates = GATES if kernel.gated else _OF_THE_SESSION
    elif session.gated:
        gates = _OF_THE_SESSION_IN_A_CLUSTER
    else:
        return redirected(kernel, session, command, words)
    for gate in gates:
        reply = gate(kernel, session, command, words)
        if reply is not None:
            return reply
    return None
