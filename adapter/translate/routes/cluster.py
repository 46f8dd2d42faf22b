"""Routes of CLUSTER, as one node answers it; the cluster client has its own ways to ask many."""

from glide_shared.request_type import RequestType

from adapter.translate import introspection, raw
from adapter.translate.table import Table

cluster = Table()

cluster.row("CLUSTER ADDSLOTS", RequestType.ClusterAddSlots)
cluster.row("CLUSTER ADDSLOTSRANGE", RequestType.ClusterAddSlotsRange)
cluster.row("CLUSTER BUMPEPOCH", RequestType.ClusterBumpEpoch)
cluster.row("CLUSTER COUNT-FAILURE-REPORTS", RequestType.ClusterCountFailureReports)
cluster.row("CLUSTER COUNTKEYSINSLOT", RequestType.ClusterCountKeysInSlot)
cluster.row("CLUSTER DELSLOTS", RequestType.ClusterDelSlots)
cluster.row("CLUSTER DELSLOTSRANGE", RequestType.ClusterDelSlotsRange)
cluster.row("CLUSTER FAILOVER", RequestType.ClusterFailover)
cluster.row("CLUSTER FLUSHSLOTS", RequestType.ClusterFlushSlots)
cluster.row("CLUSTER FORGET", RequestType.ClusterForget)
cluster.row("CLUSTER GETKEYSINSLOT", RequestType.ClusterGetKeysInSlot)
cluster.row("CLUSTER INFO", RequestType.ClusterInfo)
cluster.row("CLUSTER KEYSLOT", RequestType.ClusterKeySlot)
cluster.row("CLUSTER LINKS", RequestType.ClusterLinks, raw.list_of_facts)
cluster.row("CLUSTER MEET", RequestType.ClusterMeet)
cluster.row("CLUSTER MYID", RequestType.ClusterMyId)
cluster.row("CLUSTER MYSHARDID", RequestType.ClusterMyShardId)
cluster.row("CLUSTER NODES", RequestType.ClusterNodes)
cluster.row("CLUSTER REPLICAS", RequestType.ClusterReplicas)
cluster.row("CLUSTER REPLICATE", RequestType.ClusterReplicate)
cluster.row("CLUSTER RESET", RequestType.ClusterReset)
cluster.row("CLUSTER SAVECONFIG", RequestType.ClusterSaveConfig)
cluster.row("CLUSTER SET-CONFIG-EPOCH", RequestType.ClusterSetConfigEpoch)
cluster.row("CLUSTER SETSLOT", RequestType.ClusterSetslot)
cluster.row("CLUSTER SHARDS", RequestType.ClusterShards, introspection.shards)
cluster.row("CLUSTER SLAVES", RequestType.ClusterSlaves)
cluster.row("CLUSTER SLOTS", RequestType.ClusterSlots, raw.deep)

cluster.custom(
    "CLUSTER CANCELSLOTMIGRATIONS, CLUSTER FLUSHSLOT, CLUSTER GETSLOTMIGRATIONS, "
    "CLUSTER MIGRATESLOTS, CLUSTER SLOT-STATS, CLUSTER SYNCSLOTS, CLUSTERSCAN",
    "newer than GLIDE's request types",
)
cluster.custom("CLUSTER HELP", "GLIDE has no request types for help texts")
