"""Errors of a cluster's nodes.  Source: cluster.c, where nothing else is said."""

from __future__ import annotations

from mock_backend.errors import err
from mock_backend.replies import ReplyError

# where a call belongs (clusterRedirectClient)


def moved(slot: int, endpoint: str, port: int) -> ReplyError:
    """The slot is another node's."""
    return ReplyError("MOVED", f"{slot} {endpoint}:{port}")


def ask(slot: int, endpoint: str, port: int) -> ReplyError:
    """The slot is going to another node, and the key may have gone already."""
    return ReplyError("ASK", f"{slot} {endpoint}:{port}")


def cross_slot() -> ReplyError:
    """Keys of several slots."""
    return ReplyError("CROSSSLOT", "Keys in request don't hash to the same slot")


def try_again() -> ReplyError:
    """Some of the keys are here and others not, as their slot is on the move."""
    return ReplyError("TRYAGAIN", "Multiple keys request during rehashing of slot")


def slot_not_served() -> ReplyError:
    """The slot is nobody's."""
    return ReplyError("CLUSTERDOWN", "Hash slot not served")


def cluster_down() -> ReplyError:
    """Slots are not covered, or most primaries have failed."""
    return ReplyError("CLUSTERDOWN", "The cluster is down")


def cluster_down_for_writes() -> ReplyError:
    """The same, where reads are allowed nevertheless."""
    return ReplyError("CLUSTERDOWN", "The cluster is down and only accepts read commands")


# inside scripts (script.c, scriptVerifyClusterState)


def in_script(error: ReplyError, name: str, *, tells_why: bool) -> ReplyError:
    """What a script is told of a call that does not belong here."""
    down = {
        cluster_down().text: "Script attempted to execute a command while the cluster is down",
        cluster_down_for_writes().text: "Script attempted to execute a write command while the"
        " cluster is down and readonly",
    }
    if error.text in down:
        return err(down[error.text])
    if tells_why and error.text == slot_not_served().text:
        return err("Script attempted to access a slot not served")
    if tells_why and error.code == "CROSSSLOT":
        return err(
            f"Command '{name}' in script attempted to access keys that don't hash to the same slot"
        )
    return err("Script attempted to access a non local key in a cluster node")


def script_crosses_slots() -> ReplyError:
    """A script that does not declare allow-cross-slot-keys uses keys of several slots."""
    return err("Script attempted to access keys that do not hash to the same slot")


def no_cluster_script() -> ReplyError:
    """A script that declares no-cluster (script.c, scriptPrepareForRun)."""
    return err("Can not run script on cluster, 'no-cluster' flag is set.")


# what a node in a cluster does not do


def not_in_cluster(name: str) -> ReplyError:
    """SELECT, MOVE and SWAPDB (db.c)."""
    return err(f"{name} is not allowed in cluster mode")


def replicaof_in_cluster() -> ReplyError:
    """REPLICAOF (replication.c, replicaofCommand)."""
    return err("REPLICAOF not allowed in cluster mode.")


def failover_in_cluster() -> ReplyError:
    """FAILOVER (replication.c, failoverCommand)."""
    return err("FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.")


def copy_in_cluster() -> ReplyError:
    """COPY DB (Redis: db.c, copyCommand)."""
    return err("Copying to another database is not allowed in cluster mode")


def sort_pattern(option: str) -> ReplyError:
    """SORT BY or GET, if the keys may be anywhere (sort.c, sortCommandGeneric)."""
    return err(
        f"{option} option of SORT denied in Cluster mode when keys formed by the pattern may be in"
        " different slots."
    ).before("redis-8.0.0,valkey-8.0.0", err(f"{option} option of SORT denied in Cluster mode."))


# slots


def bad_slot() -> ReplyError:
    """No number from 0 to 16383 (getSlotOrReply)."""
    return err("Invalid or out of range slot")


def slot_busy(slot: int) -> ReplyError:
    """CLUSTER ADDSLOTS of a slot that is somebody's."""
    return err(f"Slot {slot} is already busy")


def slot_unassigned(slot: int) -> ReplyError:
    """CLUSTER DELSLOTS of a slot that is nobody's."""
    return err(f"Slot {slot} is already unassigned")


def slot_twice(slot: int) -> ReplyError:
    """CLUSTER ADDSLOTS or DELSLOTS."""
    return err(f"Slot {slot} specified multiple times")


def range_upside_down(first: int, last: int) -> ReplyError:
    """CLUSTER ADDSLOTSRANGE or DELSLOTSRANGE."""
    return err(f"start slot number {first} is greater than end slot number {last}")


def keys_left() -> ReplyError:
    """CLUSTER FLUSHSLOTS of a node with keys."""
    return err("DB must be empty to perform CLUSTER FLUSHSLOTS.")


def slot_has_keys(slot: int) -> ReplyError:
    """CLUSTER SETSLOT NODE of a slot with keys."""
    return err(
        f"Can't assign hashslot {slot} to a different node while I still hold keys for this hash"
        " slot."
    )


def bad_setslot() -> ReplyError:
    """CLUSTER SETSLOT with words that make no sense."""
    return err("Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP")


# nodes


def unknown_node(name: str) -> ReplyError:
    """No node of that name."""
    return err(f"Unknown node {name}")


def stranger(name: str) -> ReplyError:
    """CLUSTER SETSLOT MIGRATING or IMPORTING."""
    return err(f"I don't know about node {name}")


def not_a_master() -> ReplyError:
    """CLUSTER SETSLOT: slots go to primaries only."""
    return err("Target node is not a master")
