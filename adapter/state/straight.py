"""Which commands go straight to the node of their key, with nothing else to be considered.

redis-py asks of every command whether a policy, a flag or the server has something to say about
where it goes.  For one whose only key is its first argument the answer is always the same.  Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from redis.commands import READ_COMMANDS
from redis.crc import key_slot

STATIC_RESOLVERS = frozenset({"StaticPolicyResolver", "AsyncStaticPolicyResolver"})
"""redis-py's own, which have no policy for such commands."""


class Straight:
    """Mixed into a cluster client of redis-py's."""

    commands_parser: Any
    command_flags: Any
    encoder: Any
    load_balancing_strategy: Any
    nodes_manager: Any
    read_from_replicas: bool
    _policy_resolver: Any

    _single_keyed: dict[Any, float] | None = None
    """``most_with_one_key`` by name; None: nobody goes straight."""

    def _go_straight(self) -> None:
        """From now on, as far as redis-py's own policies hold."""
        if type(self._policy_resolver).__name__ in STATIC_RESOLVERS:
            self._single_keyed = {}

    def _slot(self, args: Sequence[Any]) -> int | None:
        """The slot of a command's only key; None, if that is not known at once."""
        known = self._single_keyed
        if known is None or len(args) < 2:
            return None
        name = args[0]
        most = known.get(name)
        if most is None:
            most = known[name] = most_with_one_key(self.commands_parser.commands, name)
        if len(args) > most or name in self.command_flags:
            return None
        slot: int = key_slot(self.encoder.encode(args[1]))
        return slot

    def _owner(
        self, args: Sequence[Any], options: Mapping[str, Any], *callbacks: Mapping[Any, Any]
    ) -> Any | None:
        """The node that holds the command's key; None, if that is not all there is to say.

        ``callbacks``: what else may be done to the reply.
        """
        slot = None if "target_nodes" in options else self._slot(args)
        if slot is None or any(args[0] in each for each in callbacks):
            return None
        nodes = self.nodes_manager
        owners = nodes.slots_cache.get(slot)
        if not owners:
            return None
        if self.read_from_replicas or self.load_balancing_strategy:
            reading = args[0] in READ_COMMANDS
            strategy = self.load_balancing_strategy if reading else None
            return nodes.get_node_from_slot(slot, self.read_from_replicas and reading, strategy)
        return owners[0]


def most_with_one_key(commands: Mapping[Any, Any], name: Any) -> float:
    """Up to how many words, its name among them, the command's only key is its first argument, as
    the server says; 0: never.
    """
    command = commands.get(name.lower()) if isinstance(name, str) and name.isupper() else None
    if (
        not isinstance(command, dict)
        or command["first_key_pos"] != 1
        or {"movablekeys", "pubsub"} & set(command["flags"])
    ):
        return 0
    if command["last_key_pos"] == 1:
        return math.inf
    # EXISTS and MSET go on with keys
    return 1 + int(command["step_count"]) if command["last_key_pos"] == -1 else 0
