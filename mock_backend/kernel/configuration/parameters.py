"""The parameters of every server that the mock can be: name, other spellings, kind and default.

One line each, as Valkey 8.0 has it; a name marked ``@since`` is there from those versions on, and
``~since`` until then, and one with a dot before it is shown only to who asks for it by name.
``DIFFERENT`` has the lines of servers that say something else.  A kind is
``yesno``, ``text``, ``fixed`` and ``protected`` (known, never changed), ``special`` (a rule of its
own in rules.py), ``enum:a|b``, ``int:least:most``, ``memory:least:most``, ``percent`` or
``defrag:name``.  What tells of this very process (``port``) is set by whoever starts it.
"""

from __future__ import annotations

from typing import Final

TABLE: Final = """
.aof-disable-auto-gc@7.2.0 yesno no
.cluster-ping-interval@7.2.0 int:0:int 0
.debug-context@valkey-8.0.0 text
.enable-debug-assert@valkey-8.0.0 fixed no
.events-per-io-thread@valkey-8.1.0~valkey-9.0.0 int:0:int 2
.key-load-delay int:-2147483648:int 0
.loading-process-events-interval-bytes int:1024:long 2097152
.lua-enable-deprecated-api@redis-7.0.0 fixed no
.lua-enable-insecure-api@valkey-8.1.0/lua-enable-deprecated-api@valkey-8.1.0 protected no
.rdb-key-save-delay int:-2147483648:int 0
.repl-rdb-channel@redis-8.0.0 yesno yes
.use-exit-on-panic yesno no
.watchdog-period int:0:int 0
acl-pubsub-default enum:allchannels|resetchannels resetchannels
aclfile fixed
acllog-max-len int:0:long 128
active-defrag-cycle-max int:1:99 25
active-defrag-cycle-min int:1:99 1
active-defrag-cycle-us@valkey-8.1.0 int:0:100000 500
active-defrag-ignore-bytes memory:1:long 104857600
active-defrag-max-scan-fields int:1:long 1000
active-defrag-threshold-lower int:0:1000 10
active-defrag-threshold-upper int:0:1000 100
active-expire-effort int:1:10 1
activedefrag defrag no
activerehashing yesno yes
always-show-logo fixed no
aof-disable-auto-gc~7.2.0 yesno no
aof-load-truncated yesno yes
aof-rewrite-cpulist@7.2.0/aof_rewrite_cpulist fixed
aof-rewrite-incremental-fsync yesno yes
aof-timestamp-enabled yesno no
aof-use-rdb-preamble yesno yes
appenddirname fixed appendonlydir
appendfilename fixed appendonly.aof
appendfsync enum:everysec|always|no everysec
appendonly yesno no
auto-aof-rewrite-min-size memory:0:long 67108864
auto-aof-rewrite-percentage int:0:int 100
availability-zone@valkey-8.0.0 text
bgsave-cpulist@7.2.0/bgsave_cpulist fixed
bind special * -::*
bind-source-addr text
bio-cpulist@7.2.0/bio_cpulist fixed
busy-reply-threshold/lua-time-limit int:0:long 5000
client-output-buffer-limit special normal 0 0 0 slave 268435456 67108864 60 \
pubsub 33554432 8388608 60
client-query-buffer-limit memory:1048576:long 1073741824
cluster-allow-pubsubshard-when-down yesno yes
cluster-allow-reads-when-down yesno no
cluster-allow-replica-migration yesno yes
cluster-announce-bus-port int:0:65535 0
cluster-announce-client-ipv4@valkey-8.0.0 special
cluster-announce-client-ipv6@valkey-8.0.0 special
cluster-announce-hostname text
cluster-announce-human-nodename@7.2.0 text
cluster-announce-ip text
cluster-announce-port int:0:65535 0
cluster-announce-tls-port int:0:65535 0
cluster-blacklist-ttl@valkey-8.0.0 int:-9223372036854775808:long 60
cluster-compatibility-sample-ratio@redis-8.0.0 int:0:100 0
cluster-config-file fixed nodes.conf
cluster-databases@valkey-9.0.0 fixed 1
cluster-enabled fixed no
cluster-link-sendbuf-limit memory:0:18446744073709551615 0
cluster-manual-failover-timeout@valkey-8.1.0 int:1:int 5000
cluster-migration-barrier int:0:int 1
cluster-node-timeout int:0:long 15000
cluster-port fixed 0
cluster-preferred-endpoint-type enum:ip|hostname|unknown-endpoint ip
cluster-replica-no-failover/cluster-slave-no-failover yesno no
cluster-replica-validity-factor/cluster-slave-validity-factor int:0:int 10
cluster-require-full-coverage yesno yes
cluster-slot-migration-log-max-len@valkey-9.0.0 int:0:long 1000
cluster-slot-stats-enabled@valkey-8.0.0 yesno no
commandlog-large-reply-max-len@valkey-8.1.0 int:0:long 128
commandlog-large-request-max-len@valkey-8.1.0 int:0:long 128
commandlog-reply-larger-than@valkey-8.1.0 int:-1:long 1048576
commandlog-request-larger-than@valkey-8.1.0 int:-1:long 1048576
crash-log-enabled yesno yes
crash-memcheck-enabled yesno yes
daemonize fixed no
databases fixed 16
dbfilename protected dump.rdb
dir protected
disable-thp fixed yes
dual-channel-replication-enabled@valkey-8.0.0 yesno no
dynamic-hz~valkey-8.1.0 yesno yes
enable-debug-command fixed yes
enable-module-command fixed no
enable-protected-configs fixed no
events-per-io-thread@valkey-8.0.0~valkey-8.1.0 int:0:int 2
extended-redis-compatibility@valkey-8.0.0 yesno no
hash-max-listpack-entries/hash-max-ziplist-entries int:0:long 512
hash-max-listpack-value/hash-max-ziplist-value memory:0:long 64
hide-user-data-from-log@redis-7.4.0,valkey-8.0.0 yesno yes
hll-sparse-max-bytes memory:0:long 3000
hz int:0:int 10
ignore-warnings text
import-mode@valkey-8.1.0 yesno no
io-threads fixed 1
io-threads-do-reads~redis-8.0.0,valkey-8.1.0 fixed yes
jemalloc-bg-thread yesno yes
latency-monitor-threshold int:0:long 0
latency-tracking yesno yes
latency-tracking-info-percentiles special 50 99 99.9
lazyfree-lazy-eviction yesno yes
lazyfree-lazy-expire yesno yes
lazyfree-lazy-server-del yesno yes
lazyfree-lazy-user-del yesno yes
lazyfree-lazy-user-flush yesno yes
lfu-decay-time int:0:int 1
lfu-log-factor int:0:int 10
list-compress-depth int:0:int 0
list-max-listpack-size/list-max-ziplist-size int:-2147483648:int -2
locale-collate@7.2.0 special
log-format@valkey-8.1.0 enum:legacy|logfmt legacy
log-timestamp-format@valkey-8.1.0 enum:legacy|iso8601|milliseconds legacy
logfile fixed
loglevel enum:debug|verbose|notice|warning|nothing notice
max-new-connections-per-cycle@redis-7.4.0,valkey-8.0.0 int:1:1000 10
max-new-tls-connections-per-cycle@redis-7.4.0,valkey-8.0.0 int:1:1000 1
maxclients int:1:4294967295 10000
maxmemory memory:0:18446744073709551615 0
maxmemory-clients percent 0
maxmemory-eviction-tenacity int:0:100 10
maxmemory-policy enum:volatile-lru|volatile-lfu|volatile-random|volatile-ttl|\
allkeys-lru|allkeys-lfu|allkeys-random|noeviction noeviction
maxmemory-samples int:1:64 5
min-replicas-max-lag/min-slaves-max-lag int:0:int 10
min-replicas-to-write/min-slaves-to-write int:0:int 0
mptcp@valkey-9.0.0 fixed no
no-appendfsync-on-rewrite yesno no
notify-keyspace-events special
oom-score-adj enum:no|yes|relative|absolute no
oom-score-adj-values special 0 200 800
pidfile fixed
port int:0:65535 0
prefetch-batch-max-size@valkey-8.0.0 int:0:128 16
primaryauth@valkey-8.0.0/masterauth text
primaryuser@valkey-8.0.0/masteruser text
proc-title-template text {title} {listen-addr} {server-mode}
propagation-error-behavior enum:ignore|panic|panic-on-replicas ignore
protected-mode yesno yes
proto-max-bulk-len memory:1048576:long 536870912
rdb-del-sync-files yesno no
rdb-save-incremental-fsync yesno yes
rdb-version-check@valkey-8.1.0 enum:strict|relaxed strict
rdbchecksum fixed yes
rdbcompression yesno yes
rdma-bind@valkey-8.1.0 fixed
rdma-completion-vector@valkey-8.1.0 fixed -1
rdma-port@valkey-8.1.0 fixed 0
rdma-rx-size@valkey-8.1.0 fixed 1048576
repl-backlog-size memory:1:long 10485760
repl-backlog-ttl int:0:long 3600
repl-disable-tcp-nodelay yesno no
repl-diskless-load enum:disabled|on-empty-db|swapdb disabled
repl-diskless-sync yesno yes
repl-diskless-sync-delay int:0:int 5
repl-diskless-sync-max-replicas int:0:int 0
repl-mptcp@valkey-9.0.0 yesno no
repl-ping-replica-period/repl-ping-slave-period int:1:int 10
repl-timeout int:1:int 60
replica-announce-ip/slave-announce-ip text
replica-announce-port/slave-announce-port int:0:65535 0
replica-announced yesno yes
replica-full-sync-buffer-limit@redis-8.0.0 memory:0:18446744073709551615 0
replica-ignore-disk-write-errors yesno no
replica-ignore-maxmemory/slave-ignore-maxmemory yesno yes
replica-lazy-flush/slave-lazy-flush yesno yes
replica-priority/slave-priority int:0:int 100
replica-read-only/slave-read-only yesno yes
replica-serve-stale-data/slave-serve-stale-data yesno yes
replicaof/slaveof fixed
requirepass text
sanitize-dump-payload enum:no|yes|clients no
save special
server-cpulist@7.2.0/server_cpulist fixed
set-max-intset-entries int:0:long 512
set-max-listpack-entries@7.2.0 int:0:long 128
set-max-listpack-value@7.2.0 int:0:long 64
set-proc-title fixed yes
shutdown-on-sigint enum:default|save|nosave|now|force default
shutdown-on-sigterm enum:default|save|nosave|now|force default
shutdown-timeout int:0:int 10
slot-migration-max-failover-repl-bytes@valkey-9.0.0 memory:-1:long 0
slowlog-log-slower-than/commandlog-execution-slower-than@valkey-8.1.0 int:-1:long 10000
slowlog-max-len/commandlog-slow-execution-max-len@valkey-8.1.0 int:0:long 128
socket-mark-id fixed 0
stop-writes-on-bgsave-error yesno yes
stream-node-max-bytes memory:0:long 4096
stream-node-max-entries int:0:long 100
supervised fixed no
syslog-enabled fixed no
syslog-facility fixed local0
syslog-ident fixed valkey
tcp-backlog fixed 511
tcp-keepalive int:0:int 300
timeout int:0:int 0
tls-auth-clients enum:no|yes|optional yes
tls-auth-clients-user@valkey-9.0.0 enum:off|cn|uri off
tls-ca-cert-dir text
tls-ca-cert-file text
tls-cert-file text
tls-ciphers text
tls-ciphersuites text
tls-client-cert-file text
tls-client-key-file text
tls-client-key-file-pass text
tls-cluster yesno no
tls-dh-params-file text
tls-key-file text
tls-key-file-pass text
tls-port int:0:65535 0
tls-prefer-server-ciphers yesno no
tls-protocols text
tls-replication yesno no
tls-session-cache-size int:0:int 20480
tls-session-cache-timeout int:0:int 300
tls-session-caching yesno yes
tracking-table-max-keys int:0:long 1000000
unixsocket fixed
unixsocketgroup@valkey-8.0.0 fixed
unixsocketperm fixed 0
zset-max-listpack-entries/zset-max-ziplist-entries int:0:long 128
zset-max-listpack-value/zset-max-ziplist-value memory:0:long 64
"""

DIFFERENT: Final = """
redis-7.0.0 activedefrag defrag:Redis no
redis-7.0.0 lazyfree-lazy-eviction yesno no
redis-7.0.0 lazyfree-lazy-expire yesno no
redis-7.0.0 lazyfree-lazy-server-del yesno no
redis-7.0.0 lazyfree-lazy-user-del yesno no
redis-7.0.0 lazyfree-lazy-user-flush yesno no
redis-7.0.0 maxmemory-samples int:1:int 5
redis-7.0.0 repl-backlog-size memory:1:long 1048576
redis-7.0.0 replica-lazy-flush yesno no
redis-7.0.0 syslog-ident fixed redis
redis-7.0.0 hide-user-data-from-log yesno no
redis-7.0.0~7.2.0 loglevel enum:debug|verbose|notice|warning notice
redis-8.0.0 loading-process-events-interval-bytes int:1024:long 524288
redis-7.0.0~redis-8.0.0 io-threads-do-reads fixed no
"""
"""Since when, until when, and the line without its marks."""
