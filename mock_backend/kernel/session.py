"""One client's state: what the server remembers between its requests.

A session sends nothing itself: ``send`` is put there by the transport, and takes a meaning, not
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mock_backend.kernel.context import Context
from mock_backend.replies import Reply
from mock_backend.schema.command import Command

if TYPE_CHECKING:
    from mock_backend.kernel.acl.users import User
    from mock_backend.kernel.kernel import Kernel
    from mock_backend.kernel.waiting import Parked

Words = Sequence[bytes]


class Session:
    """One connected client."""

    def __init__(
        self, kernel: Kernel, number: int, *, address: str = "", local_address: str = ""
    ) -> None:
        self.id = number
        self.address = address
        self.local_address = local_address
        self.name = b""
        self.library_name = b""
        self.library_version = b""
        self.user: User = kernel.acl.default
        self.protocol = 2
        self.created_ms = kernel.clock.now_ms()
        self.last_ms = self.created_ms
        self.last_command = ""
        self.authenticated = kernel.acl.opens
        self.context = Context(kernel, self)

        self.queue: list[tuple[Command, Words]] | None = None
        """The commands since MULTI; ``None`` outside a transaction."""
        self.must_abort = False
        """A command could not be queued: EXEC will say EXECABORT."""
        self.watched: dict[tuple[int, bytes], bool] = {}
        """``(database, key)`` -> whether it had expired already when WATCH was said."""
        self.watch_broken = False

        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shard_channels: dict[bytes, None] = {}

        self.parked: Parked | None = None
        self.reply_mode = "on"
        """``on``, ``off``, ``skip`` (this reply) or ``skip-next``."""
        self.calls = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.capabilities: set[bytes] = set()
        self.caller: Session = self
        """Who is behind it: itself, or for a script's session the client that runs the script."""
        self.no_evict = False
        self.no_touch = False
        self.imports = False
        """CLIENT IMPORT-SOURCE: it may write what has expired already."""
        self.reads_only = False
        """READONLY: content with a replica's data."""
        self.asking = False
        """ASKING: the next call may be for a slot that is only coming here."""
        self.monitoring = False
        self.is_replica = False
        """It is sent the stream of changes."""
        self.is_primary = False
        """What it says is the stream of this server's primary."""
        self.written_to = 0
        """The replication offset behind its last call; WAIT waits for it."""
        self.unread = 0
        """Bytes of a request that has not come to its end."""
        self.last_read = 0
        """Bytes of the last that did."""
        self.closing = False
        """Close the connection once everything before it has been written."""
        self.gated = not (self.authenticated and self.user.unrestricted)
        """Whether the gates have to look at every call of this session."""
        self.send: Callable[[Reply], None] = lambda reply: None
        """Hands a reply or a push to the transport, in order; it leaves when the turn ends."""
        self.wake: Callable[[], None] = lambda: None
        """Tells the transport to go on with the requests behind a parked one."""
        self.drop: Callable[[], None] = lambda: None
        """Tells the transport to close the connection now."""
        self.abandon: Callable[[], None] = lambda: None
        """The same, with everything that has not been sent."""
        self.flush: Callable[[], None] = lambda: None
        """Tells the transport that what was handed to ``send`` shall leave now."""
        self.unsent: Callable[[], int] = lambda: 0
        """Asks the transport how many bytes wait for the client to take them."""

    @property
    def is_script(self) -> bool:
        """Whether a script speaks through it."""
        return self.caller is not self

    @property
    def is_subscribed(self) -> bool:
        """Whether it listens to anything at all."""
        return bool(self.channels or self.patterns or self.shard_channels)

    @property
    def subscriptions(self) -> int:
        """How many channels and patterns it listens to, as SUBSCRIBE's reply counts."""
        return len(self.channels) + len(self.patterns)

    def speak(self, protocol: int) -> None:
        """From now on replies are written in this protocol."""
        self.protocol = self.context.protocol = protocol
        self.regate()

    def hush(self) -> None:
        """A reply is due: CLIENT REPLY SKIP has silenced the one after its own."""
        if self.reply_mode == "skip-next":
            self.reply_mode = "skip"
        elif self.reply_mode == "skip":
            self.reply_mode = "on"
            self.regate()

    def regate(self) -> None:
        """To be called whenever something changes that a gate looks at."""
        self.gated = (
            not self.authenticated
            or not self.user.unrestricted
            or self.queue is not None
            or (self.protocol == 2 and bool(self.channels or self.patterns or self.shard_channels))
            or self.reply_mode != "on"
            or self.monitoring
            or self.is_replica
        )
