"""The arguments of commands that do not follow from their usage lines (notation: documents.py).

Valkey 8.0 has what stands behind a plain name; a name marked ``@since`` or ``~until`` comes first
and is for the servers so marked.
"""

from __future__ import annotations

from typing import Final

TREES: Final = """
acl|cat~7.2.0 categoryname?
acl|cat category?
acl|genpass bits:int?
acl|log operation(count:int|RESET)?
auth username?^6.0.0 password
bgsave@valkey-8.1.0 operation(SCHEDULE^3.2.2|CANCEL^8.1.0)?
bgsave SCHEDULE?^3.2.2
bitcount~7.2.0 key@0 index{start:int end:int index_unit(BYTE|BIT)?^7.0.0}?
bitcount@redis-7.2.0 key@0 range{start:int end:int unit(BYTE|BIT)?^7.0.0}?
bitcount key@0 range{start:int end-unit-block{end:int unit(BYTE|BIT)?^7.0.0}?}?
bitfield~7.2.0 key@0 operation(GET=encoding_offset{encoding offset:int}|\
write{OVERFLOW=wrap_sat_fail(WRAP|SAT|FAIL)? write_operation(SET=encoding_offset_value{encoding \
offset:int value:int}|INCRBY=encoding_offset_increment{encoding offset:int increment:int})})?*
bitfield key@0 operation(GET=get-block{encoding offset:int}|write{OVERFLOW=overflow-block(WRAP|\
SAT|FAIL)? write-operation(SET=set-block{encoding offset:int value:int}|\
INCRBY=incrby-block{encoding offset:int increment:int})})?*
bitfield_ro~7.2.0 key@0 GET=encoding_offset{encoding offset:int}?*+
bitfield_ro key@0 GET=get-block{encoding offset:int}?*+
bitop~7.2.0 operation destkey:key@0 key@1*
bitop operation(AND|OR|XOR|NOT) destkey:key@0 key@1*
bitpos~7.2.0 key@0 bit:int index{start:int end_index{end:int index_unit(BYTE|BIT)?^7.0.0}?}?
bitpos key@0 bit:int range{start:int end-unit-block{end:int unit(BYTE|BIT)?^7.0.0}?}?
blmpop timeout:double numkeys:int key@0* where(LEFT|RIGHT) COUNT=count:int?
bzmpop timeout:double numkeys:int key@0* where(MIN|MAX) COUNT=count:int?
client|caching mode(YES|NO)
client|import-source enabled(ON|OFF)
client|kill~7.2.0 filter(ip:port^-2.8.12|new-format(ID=client-id:int?^2.8.12|\
TYPE=normal_master_slave_pubsub(NORMAL|MASTER^3.2.0|SLAVE|REPLICA^5.0.0|PUBSUB)?^2.8.12|\
USER=username?|ADDR=ip:port?|LADDR=ip:port?^6.2.0|SKIPME=yes/no?)*)
client|kill@redis-7.2.0 filter(old-format~ip:port^-2.8.12|new-format(ID=client-id:int?^2.8.12|\
TYPE=client-type(NORMAL|MASTER^3.2.0|SLAVE|REPLICA^5.0.0|PUBSUB)?^2.8.12|USER=username?|\
ADDR=addr~ip:port?|LADDR=laddr~ip:port?^6.2.0|SKIPME=skipme(YES|NO)?|MAXAGE=maxage:int?^7.4.0)*)
client|kill@valkey-9.0.0 filter(old-format~ip:port^-2.8.12|new-format(ID=client-id:int?*^2.8.12|\
TYPE=client-type(NORMAL|MASTER^3.2.0|PRIMARY^8.0.0|SLAVE|REPLICA^5.0.0|PUBSUB)?^2.8.12|\
USER=username?|ADDR=addr~ip:port?|LADDR=laddr~ip:port?^6.2.0|SKIPME=skipme(YES|NO)?|\
MAXAGE=maxage:int?^8.0.0|NAME=name?^9.0.0|IDLE=idle:int?^9.0.0|FLAGS=flags?^9.0.0|\
LIB-NAME=lib-name?^9.0.0|LIB-VER=lib-ver?^9.0.0|DB=db:int?^9.0.0|CAPA=capa?^9.0.0|IP=ip?^9.0.0|\
NOT-TYPE=not-client-type(NORMAL|MASTER|PRIMARY|SLAVE|REPLICA|PUBSUB)?^9.0.0|\
NOT-ID=not-client-id:int?*^9.0.0|NOT-USER=not-username?^9.0.0|NOT-ADDR=not-addr~ip:port?^9.0.0|\
NOT-LADDR=not-laddr~ip:port?^9.0.0|NOT-NAME=not-name?^9.0.0|NOT-FLAGS=not-flags?^9.0.0|\
NOT-LIB-NAME=not-lib-name?^9.0.0|NOT-LIB-VER=not-lib-ver?^9.0.0|NOT-DB=not-db:int?^9.0.0|\
NOT-CAPA=not-capa?^9.0.0|NOT-IP=not-ip?^9.0.0)*)
client|kill@valkey-8.1.0 filter(old-format~ip:port^-2.8.12|new-format(ID=client-id:int?*^2.8.12|\
TYPE=client-type(NORMAL|MASTER^3.2.0|PRIMARY^8.0.0|SLAVE|REPLICA^5.0.0|PUBSUB)?^2.8.12|\
USER=username?|ADDR=addr~ip:port?|LADDR=laddr~ip:port?^6.2.0|SKIPME=skipme(YES|NO)?|\
MAXAGE=maxage:int?^8.0.0)*)
client|kill filter(old-format~ip:port^-2.8.12|new-format(ID=client-id:int?^2.8.12|\
TYPE=client-type(NORMAL|MASTER^3.2.0|PRIMARY^8.0.0|SLAVE|REPLICA^5.0.0|PUBSUB)?^2.8.12|\
USER=username?|ADDR=addr~ip:port?|LADDR=laddr~ip:port?^6.2.0|SKIPME=skipme(YES|NO)?|\
MAXAGE=maxage:int?^8.0.0)*)
client|list~7.2.0 TYPE=normal_master_replica_pubsub(NORMAL|MASTER|REPLICA|PUBSUB)?^5.0.0 \
ID=id{client-id:int*}?^6.2.0
client|list@valkey-9.0.0 TYPE=client-type(NORMAL|MASTER|REPLICA|PUBSUB)?^5.0.0 \
ID=client-id:int?*^6.2.0 USER=username?^8.1.0 ADDR=addr~ip:port?^8.1.0 LADDR=laddr~ip:port?^8.1.0 \
SKIPME=skipme(YES|NO)?^8.1.0 MAXAGE=maxage:int?^8.1.0 NAME=name?^9.0.0 IDLE=idle:int?^9.0.0 \
FLAGS=flags?^9.0.0 LIB-NAME=lib-name?^9.0.0 LIB-VER=lib-ver?^9.0.0 DB=db:int?^9.0.0 \
CAPA=capa?^9.0.0 IP=ip?^9.0.0 NOT-TYPE=not-client-type(NORMAL|MASTER|REPLICA|PUBSUB)?^9.0.0 \
NOT-ID=not-client-id:int?*^9.0.0 NOT-USER=not-username?^9.0.0 NOT-ADDR=not-addr~ip:port?^9.0.0 \
NOT-LADDR=not-laddr~ip:port?^9.0.0 NOT-NAME=not-name?^9.0.0 NOT-FLAGS=not-flags?^9.0.0 \
NOT-LIB-NAME=not-lib-name?^9.0.0 NOT-LIB-VER=not-lib-ver?^9.0.0 NOT-DB=not-db:int?^9.0.0 \
NOT-CAPA=not-capa?^9.0.0 NOT-IP=not-ip?^9.0.0
client|list@valkey-8.1.0 TYPE=client-type(NORMAL|MASTER|REPLICA|PUBSUB)?^5.0.0 \
ID=client-id:int?*^6.2.0 USER=username?^8.1.0 ADDR=addr~ip:port?^8.1.0 LADDR=laddr~ip:port?^8.1.0 \
SKIPME=skipme(YES|NO)?^8.1.0 MAXAGE=maxage:int?^8.1.0
client|list TYPE=client-type(NORMAL|MASTER|REPLICA|PUBSUB)?^5.0.0 ID=client-id:int?*^6.2.0
client|no-evict enabled(ON|OFF)
client|no-touch enabled(ON|OFF)
client|pause timeout:int mode(WRITE|ALL)?^6.2.0
client|reply~7.2.0 on_off_skip(ON|OFF|SKIP)
client|reply action(ON|OFF|SKIP)
client|setinfo attr(LIB-NAME=libname|LIB-VER=libver)
client|tracking status(ON|OFF) REDIRECT=client-id:int? PREFIX=prefix?*+ BCAST? OPTIN? OPTOUT? \
NOLOOP?
client|unblock~7.2.0 client-id:int timeout_error(TIMEOUT|ERROR)?
client|unblock client-id:int unblock-type(TIMEOUT|ERROR)?
cluster|addslots slot:int*
cluster|addslotsrange~7.2.0 start-slot_end-slot{start-slot:int end-slot:int}*
cluster|addslotsrange range{start-slot:int end-slot:int}*
cluster|countkeysinslot slot:int
cluster|delslots slot:int*
cluster|delslotsrange~7.2.0 start-slot_end-slot{start-slot:int end-slot:int}*
cluster|delslotsrange range{start-slot:int end-slot:int}*
cluster|failover options(FORCE|TAKEOVER)?
cluster|flushslot slot:int flush-type(ASYNC|SYNC)?
cluster|getkeysinslot slot:int count:int
cluster|meet~7.2.0 ip port:int cluster_bus_port:int?^4.0.0
cluster|meet ip port:int cluster-bus-port:int?^4.0.0
cluster|migrateslots migration-group{SLOTSRANGE=slotsrange-token:token range{start-slot:int \
end-slot:int}* NODE=node-token:token node-id}*
cluster|replicate@valkey-9.0.0 args(node-id|no-one{NO ONE}^9.0.0)
cluster|replicate node-id
cluster|reset~7.2.0 hard_soft(HARD|SOFT)?
cluster|reset reset-type(HARD|SOFT)?
cluster|set-config-epoch config-epoch:int
cluster|setslot~7.2.0 slot:int subcommand(IMPORTING=node-id|MIGRATING=node-id|NODE=node-id|STABLE)
cluster|setslot@redis-7.2.0 slot:int subcommand(IMPORTING=importing~node-id|\
MIGRATING=migrating~node-id|NODE=node~node-id|STABLE)
cluster|setslot slot:int subcommand(IMPORTING=importing~node-id|MIGRATING=migrating~node-id|\
NODE=node~node-id|STABLE) TIMEOUT=timeout:int?^8.0.0
cluster|slot-stats filter(SLOTSRANGE=slotsrange{start-slot:int end-slot:int}|\
ORDERBY=orderby{metric LIMIT=limit:int? order(ASC|DESC)?})
cluster|syncslots
command|getkeys~7.2.0
command|getkeys command arg?*
command|getkeysandflags~7.2.0
command|getkeysandflags command arg?*
command|list FILTERBY=filterby(MODULE=module-name|ACLCAT=category|PATTERN=pattern:pattern)?
commandlog|get count:int type(SLOW|LARGE-REQUEST|LARGE-REPLY)
commandlog|len type(SLOW|LARGE-REQUEST|LARGE-REPLY)
commandlog|reset type(SLOW|LARGE-REQUEST|LARGE-REPLY)
config|get~7.2.0 parameter{parameter}*
config|get parameter*
config|set~7.2.0 parameter_value{parameter value}*
config|set data{parameter value}*
copy source:key@0 destination:key@1 DB=destination-db:int? REPLACE?
debug
expire key@0 seconds:int condition(NX|XX|GT|LT)?^7.0.0
expireat key@0 unix-time-seconds:time condition(NX|XX|GT|LT)?^7.0.0
failover TO=target{host port:int FORCE?}? ABORT? TIMEOUT=milliseconds:int?
flushall~7.2.0 async(ASYNC^4.0.0|SYNC^6.2.0)?
flushall flush-type(ASYNC^4.0.0|SYNC^6.2.0)?
flushdb~7.2.0 async(ASYNC^4.0.0|SYNC^6.2.0)?
flushdb flush-type(ASYNC^4.0.0|SYNC^6.2.0)?
function|flush~7.2.0 async(ASYNC|SYNC)?
function|flush flush-type(ASYNC|SYNC)?
function|list LIBRARYNAME=library-name-pattern? WITHCODE?
function|load REPLACE? function-code
function|restore serialized-value policy(FLUSH|APPEND|REPLACE)?
geoadd~7.2.0 key@0 condition(NX|XX)?^6.2.0 CH=change:token?^6.2.0 \
longitude_latitude_member{longitude:double latitude:double member}*
geoadd key@0 condition(NX|XX)?^6.2.0 CH=change:token?^6.2.0 data{longitude:double latitude:double \
member}*
geodist key@0 member1 member2 unit(M|KM|FT|MI)?
geohash~7.2.0 key@0 member*
geohash key@0 member?*
geopos~7.2.0 key@0 member*
geopos key@0 member?*
georadius~7.2.0 key@0 longitude:double latitude:double radius:double unit(M|KM|FT|MI) WITHCOORD? \
WITHDIST? WITHHASH? count{COUNT=count:int ANY?^6.2.0}? order(ASC|DESC)? STORE=key@1? \
STOREDIST=key@2?
georadius key@0 longitude:double latitude:double radius:double unit(M|KM|FT|MI) WITHCOORD? \
WITHDIST? WITHHASH? count-block{COUNT=count:int ANY?^6.2.0}? order(ASC|DESC)? \
store(STORE=storekey:key~key@1|STOREDIST=storedistkey:key~key@2)?
georadius_ro~7.2.0 key@0 longitude:double latitude:double radius:double unit(M|KM|FT|MI) \
WITHCOORD? WITHDIST? WITHHASH? count{COUNT=count:int ANY?^6.2.0}? order(ASC|DESC)?
georadius_ro key@0 longitude:double latitude:double radius:double unit(M|KM|FT|MI) WITHCOORD? \
WITHDIST? WITHHASH? count-block{COUNT=count:int ANY?^6.2.0}? order(ASC|DESC)?
georadiusbymember~7.2.0 key@0 member radius:double unit(M|KM|FT|MI) WITHCOORD? WITHDIST? \
WITHHASH? count{COUNT=count:int ANY?}? order(ASC|DESC)? STORE=key@1? STOREDIST=key@2?
georadiusbymember key@0 member radius:double unit(M|KM|FT|MI) WITHCOORD? WITHDIST? WITHHASH? \
count-block{COUNT=count:int ANY?}? order(ASC|DESC)? store(STORE=storekey:key~key@1|\
STOREDIST=storedistkey:key~key@2)?
georadiusbymember_ro~7.2.0 key@0 member radius:double unit(M|KM|FT|MI) WITHCOORD? WITHDIST? \
WITHHASH? count{COUNT=count:int ANY?}? order(ASC|DESC)?
georadiusbymember_ro key@0 member radius:double unit(M|KM|FT|MI) WITHCOORD? WITHDIST? WITHHASH? \
count-block{COUNT=count:int ANY?}? order(ASC|DESC)?
geosearch~7.2.0 key@0 from(FROMMEMBER=member|FROMLONLAT=longitude_latitude{longitude:double \
latitude:double}) by(circle{BYRADIUS=radius:double unit(M|KM|FT|MI)}|box{BYBOX=width:double \
height:double unit(M|KM|FT|MI)}) order(ASC|DESC)? count{COUNT=count:int ANY?}? WITHCOORD? \
WITHDIST? WITHHASH?
geosearch@valkey-9.0.0 key@0 from(FROMMEMBER=member|FROMLONLAT=fromlonlat{longitude:double \
latitude:double})? by(circle{BYRADIUS=radius:double unit(M|KM|FT|MI)}|box{BYBOX=width:double \
height:double unit(M|KM|FT|MI)}|polygon{BYPOLYGON=num-vertices:int vertices{longitude:double \
latitude:double}*}^9.0.0) order(ASC|DESC)? count-block{COUNT=count:int ANY?}? WITHCOORD? \
WITHDIST? WITHHASH?
geosearch key@0 from(FROMMEMBER=member|FROMLONLAT=fromlonlat{longitude:double latitude:double}) \
by(circle{BYRADIUS=radius:double unit(M|KM|FT|MI)}|box{BYBOX=width:double height:double unit(M|KM|\
FT|MI)}) order(ASC|DESC)? count-block{COUNT=count:int ANY?}? WITHCOORD? WITHDIST? WITHHASH?
geosearchstore~7.2.0 destination:key@0 source:key@1 from(FROMMEMBER=member|\
FROMLONLAT=longitude_latitude{longitude:double latitude:double}) by(circle{BYRADIUS=radius:double \
unit(M|KM|FT|MI)}|box{BYBOX=width:double height:double unit(M|KM|FT|MI)}) order(ASC|DESC)? \
count{COUNT=count:int ANY?}? STOREDIST?
geosearchstore@valkey-9.0.0 destination:key@0 source:key@1 from(FROMMEMBER=member|\
FROMLONLAT=fromlonlat{longitude:double latitude:double})? by(circle{BYRADIUS=radius:double unit(M|\
KM|FT|MI)}|box{BYBOX=width:double height:double unit(M|KM|FT|MI)}|\
polygon{BYPOLYGON=num-vertices:int vertices{longitude:double latitude:double}*}^9.0.0) order(ASC|\
DESC)? count-block{COUNT=count:int ANY?}? STOREDIST?
geosearchstore destination:key@0 source:key@1 from(FROMMEMBER=member|\
FROMLONLAT=fromlonlat{longitude:double latitude:double}) by(circle{BYRADIUS=radius:double unit(M|\
KM|FT|MI)}|box{BYBOX=width:double height:double unit(M|KM|FT|MI)}) order(ASC|DESC)? \
count-block{COUNT=count:int ANY?}? STOREDIST?
getbit key@0 offset:int
getex key@0 expiration(EX=seconds:int|PX=milliseconds:int|EXAT=unix-time-seconds:time|\
PXAT=unix-time-milliseconds:time|PERSIST)?
getrange key@0 start:int end:int
hello~7.2.0 arguments{protover:int AUTH=username_password{username password}? SETNAME=clientname?}?
hello arguments{protover:int AUTH=auth{username password}? SETNAME=clientname?}?
hexpire key@0 seconds:int condition(NX|XX|GT|LT)? FIELDS=fields{numfields:int field*}
hexpireat@redis-7.4.0 key@0 unix-time-seconds:time condition(NX|XX|GT|LT)? \
FIELDS=fields{numfields:int field*}
hexpireat@valkey-8.1.0 key@0 unix-time-seconds:int condition(NX|XX|GT|LT)?^9.0.0 \
FIELDS=fields{numfields:int@0 field*}
hexpiretime@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
hexpiretime@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
hgetdel@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
hgetdel@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
hgetex@redis-7.4.0 key@0 expiration(EX=seconds:int|PX=milliseconds:int|\
EXAT=unix-time-seconds:time|PXAT=unix-time-milliseconds:time|PERSIST)? \
FIELDS=fields{numfields:int field*}
hgetex@valkey-8.1.0 key@0 expiration(EX=seconds:int|PX=milliseconds:int|\
EXAT=unix-time-seconds:time|PXAT=unix-time-milliseconds:time|PERSIST)? \
FIELDS=fields{numfields:int@0 field*}
hincrbyfloat key@0 field increment:double
hmset~7.2.0 key@0 field_value{field value}*
hmset key@0 data{field value}*
hpersist@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
hpersist@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
hpexpire@redis-7.4.0 key@0 milliseconds:int condition(NX|XX|GT|LT)? FIELDS=fields{numfields:int \
field*}
hpexpire@valkey-8.1.0 key@0 milliseconds:int condition(NX|XX|GT|LT)?^9.0.0 \
FIELDS=fields{numfields:int@0 field*}
hpexpireat@redis-7.4.0 key@0 unix-time-milliseconds:time condition(NX|XX|GT|LT)? \
FIELDS=fields{numfields:int field*}
hpexpireat@valkey-8.1.0 key@0 unix-time-milliseconds:int condition(NX|XX|GT|LT)?^9.0.0 \
FIELDS=fields{numfields:int@0 field*}
hpexpiretime@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
hpexpiretime@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
hpttl@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
hpttl@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
hrandfield key@0 options{count:int WITHVALUES?}?
hscan~7.2.0 key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int?
hscan key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int? NOVALUES?
hset~7.2.0 key@0 field_value{field value}*
hset key@0 data{field value}*
hsetex@redis-7.4.0 key@0 condition(FNX|FXX)? expiration(EX=seconds:int|PX=milliseconds:int|\
EXAT=unix-time-seconds:time|PXAT=unix-time-milliseconds:time|KEEPTTL)? \
FIELDS=fields{numfields:int data{field value}*}
hsetex@valkey-8.1.0 key@0 key-condition(NX|XX)? fields-condition(FNX|FXX)? \
expiration(EX=seconds:int|PX=milliseconds:int|EXAT=unix-time-seconds:time|\
PXAT=unix-time-milliseconds:time|KEEPTTL)? FIELDS=fields{numfields:int@0 data{field value}*}
httl@redis-7.4.0 key@0 FIELDS=fields{numfields:int field*}
httl@valkey-8.1.0 key@0 FIELDS=fields{numfields:int@0 field*}
incrbyfloat key@0 increment:double
keys pattern:pattern
lcs~7.2.0 key1:key@0 key2:key@0 LEN? IDX? MINMATCHLEN=len:int? WITHMATCHLEN?
lcs key1:key@0 key2:key@0 LEN? IDX? MINMATCHLEN=min-match-len:int? WITHMATCHLEN?
lindex key@0 index:int
lmpop numkeys:int key@0* where(LEFT|RIGHT) COUNT=count:int?
lolwut VERSION=version:int?
lpop key@0 count:int?^6.2.0
lpos key@0 element RANK=rank:int? COUNT=num-matches:int? MAXLEN=len:int?
lset key@0 index:int element
memory|usage key@0 SAMPLES=count:int?
migrate~7.2.0 host port:int key_or_empty_string(key@0|''=empty_string:token) destination-db:int \
timeout:int COPY?^3.0.0 REPLACE?^3.0.0 authentication(AUTH=password?^4.0.7|\
AUTH2=username_password{username password}?^6.0.0)? KEYS=key@1?*^3.0.6
migrate host port:int key-selector(key@0|''=empty-string:token) destination-db:int timeout:int \
COPY?^3.0.0 REPLACE?^3.0.0 authentication(AUTH=auth~password^4.0.7|AUTH2=auth2{username \
password}^6.0.0)? KEYS=keys:key~key@1?*^3.0.6
module|loadex~7.2.0 path CONFIG=configs{name value}?*+ ARGS=args{arg}?*
module|loadex path CONFIG=configs{name value}?*+ ARGS=args?*
move key@0 db:int
mset~7.2.0 key_value{key@0 value}*
mset data{key@0 value}*
msetnx~7.2.0 key_value{key@0 value}*
msetnx data{key@0 value}*
pexpire key@0 milliseconds:int condition(NX|XX|GT|LT)?^7.0.0
pexpireat key@0 unix-time-milliseconds:time condition(NX|XX|GT|LT)?^7.0.0
pfmerge~7.2.0 destkey:key@0 sourcekey:key@1*
pfmerge destkey:key@0 sourcekey:key@1?*
psetex key@0 milliseconds:int value
psubscribe~7.2.0 pattern{pattern:pattern}*
psubscribe pattern:pattern*
psync replicationid offset:int
pubsub|channels pattern:pattern?
pubsub|shardchannels pattern:pattern?
punsubscribe pattern:pattern?*
quit
replconf
replicaof args(host-port{host port:int}|no-one{NO ONE})
restore key@0 ttl:int serialized-value REPLACE?^3.0.0 ABSTTL?^5.0.0 IDLETIME=seconds:int?^5.0.0 \
FREQ=frequency:int?^5.0.0
restore-asking key@0 ttl:int serialized-value REPLACE?^3.0.0 ABSTTL?^5.0.0 \
IDLETIME=seconds:int?^5.0.0 FREQ=frequency:int?^5.0.0
rpop key@0 count:int?^6.2.0
scan cursor:int MATCH=pattern:pattern? COUNT=count:int? TYPE=type?^6.0.0
script|debug mode(YES|SYNC|NO)
script|flush~7.2.0 async(ASYNC|SYNC)?^6.2.0
script|flush flush-type(ASYNC|SYNC)?^6.2.0
select index:int
set@valkey-8.1.0 key@0 value condition(NX^2.6.12|XX^2.6.12|IFEQ=comparison-value^8.1.0)? \
GET?^6.2.0 expiration(EX=seconds:int^2.6.12|PX=milliseconds:int^2.6.12|\
EXAT=unix-time-seconds:time^6.2.0|PXAT=unix-time-milliseconds:time^6.2.0|KEEPTTL^6.0.0)?
set key@0 value condition(NX|XX)?^2.6.12 GET?^6.2.0 expiration(EX=seconds:int^2.6.12|\
PX=milliseconds:int^2.6.12|EXAT=unix-time-seconds:time^6.2.0|\
PXAT=unix-time-milliseconds:time^6.2.0|KEEPTTL^6.0.0)?
setbit key@0 offset:int value:int
setex key@0 seconds:int value
shutdown~7.2.0 nosave_save(NOSAVE|SAVE)? NOW?^7.0.0 FORCE?^7.0.0 ABORT?^7.0.0
shutdown@redis-7.2.0 save-selector(NOSAVE|SAVE)? NOW?^7.0.0 FORCE?^7.0.0 ABORT?^7.0.0
shutdown@valkey-9.0.0 abort-selector(save-selector-block{save-selector(NOSAVE|SAVE)? NOW?^7.0.0 \
FORCE?^7.0.0 SAFE?^9.0.0 FAILOVER?^9.0.0}|ABORT^7.0.0)?
shutdown abort-selector(save-selector-block{save-selector(NOSAVE|SAVE)? NOW?^7.0.0 FORCE?^7.0.0}|\
ABORT^7.0.0)?
sintercard numkeys:int key@0* LIMIT=limit:int?
slaveof args(host-port{host port:int}|no-one{NO ONE})
slowlog|get count:int?
sort~7.2.0 key@0 BY=pattern:pattern@1? LIMIT=offset_count{offset:int count:int}? \
GET=pattern:pattern@1?*+ order(ASC|DESC)? ALPHA=sorting:token? STORE=destination:key@2?
sort key@0 BY=by-pattern:pattern~pattern@1? LIMIT=limit{offset:int count:int}? \
GET=get-pattern:pattern~pattern@1?*+ order(ASC|DESC)? ALPHA=sorting:token? STORE=destination:key@2?
sort_ro~7.2.0 key@0 BY=pattern:pattern@1? LIMIT=offset_count{offset:int count:int}? \
GET=pattern:pattern@1?*+ order(ASC|DESC)? ALPHA=sorting:token?
sort_ro key@0 BY=by-pattern:pattern~pattern@1? LIMIT=limit{offset:int count:int}? \
GET=get-pattern:pattern~pattern@1?*+ order(ASC|DESC)? ALPHA=sorting:token?
spop key@0 count:int?^3.2.0
srandmember key@0 count:int?^2.6.0
sscan key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int?
substr key@0 start:int end:int
swapdb index1:int index2:int
wait numreplicas:int timeout:int
waitaof numlocal:int numreplicas:int timeout:int
xadd~7.2.0 key@0 NOMKSTREAM?^6.2.0 trim{strategy(MAXLEN|MINID^6.2.0) operator(==equal:token|\
~=approximately:token)? threshold LIMIT=count:int?^6.2.0}? id_or_auto(*=auto_id:token|id) \
field_value{field value}*
xadd key@0 NOMKSTREAM?^6.2.0 trim{strategy(MAXLEN|MINID^6.2.0) operator(==equal:token|\
~=approximately:token)? threshold LIMIT=count:int?^6.2.0}? id-selector(*=auto-id:token|id) \
data{field value}*
xautoclaim key@0 group consumer min-idle-time start COUNT=count:int? JUSTID?
xclaim~7.2.0 key@0 group consumer min-idle-time id* IDLE=ms:int? \
TIME=unix-time-milliseconds:time? RETRYCOUNT=count:int? FORCE? JUSTID? LASTID=id?
xclaim key@0 group consumer min-idle-time id* IDLE=ms:int? TIME=unix-time-milliseconds:time? \
RETRYCOUNT=count:int? FORCE? JUSTID? LASTID=lastid?
xgroup|create~7.2.0 key@0 groupname id(id|$=new_id:token) MKSTREAM? ENTRIESREAD=entries_read:int?
xgroup|create key@0 group id-selector(id|$=new-id:token) MKSTREAM? \
ENTRIESREAD=entriesread:int~entries-read?
xgroup|createconsumer~7.2.0 key@0 groupname consumername
xgroup|createconsumer key@0 group consumer
xgroup|delconsumer~7.2.0 key@0 groupname consumername
xgroup|delconsumer key@0 group consumer
xgroup|destroy~7.2.0 key@0 groupname
xgroup|destroy key@0 group
xgroup|setid~7.2.0 key@0 groupname id(id|$=new_id:token) ENTRIESREAD=entries_read:int?
xgroup|setid key@0 group id-selector(id|$=new-id:token) ENTRIESREAD=entriesread:int~entries-read?
xinfo|consumers~7.2.0 key@0 groupname
xinfo|consumers key@0 group
xinfo|stream~7.2.0 key@0 FULL=full{COUNT=count:int?}?
xinfo|stream key@0 full-block{FULL COUNT=count:int?}?
xpending key@0 group filters{IDLE=min-idle-time:int?^6.2.0 start end count:int consumer?}?
xrange key@0 start end COUNT=count:int?
xread COUNT=count:int? BLOCK=milliseconds:int? STREAMS=streams{key@0* id*}
xreadgroup~7.2.0 GROUP=group_consumer{group consumer} COUNT=count:int? BLOCK=milliseconds:int? \
NOACK? STREAMS=streams{key@0* id*}
xreadgroup GROUP=group-block{group consumer} COUNT=count:int? BLOCK=milliseconds:int? NOACK? \
STREAMS=streams{key@0* id*}
xrevrange key@0 end start COUNT=count:int?
xsetid~7.2.0 key@0 last-id ENTRIESADDED=entries_added:int?^7.0.0 \
MAXDELETEDID=max_deleted_entry_id?^7.0.0
xsetid key@0 last-id ENTRIESADDED=entries-added:int?^7.0.0 MAXDELETEDID=max-deleted-id?^7.0.0
xtrim key@0 trim{strategy(MAXLEN|MINID^6.2.0) operator(==equal:token|~=approximately:token)? \
threshold LIMIT=count:int?^6.2.0}
zadd~7.2.0 key@0 condition(NX|XX)?^3.0.2 comparison(GT|LT)?^6.2.0 CH=change:token?^3.0.2 \
INCR=increment:token?^3.0.2 score_member{score:double member}*
zadd key@0 condition(NX|XX)?^3.0.2 comparison(GT|LT)?^6.2.0 CH=change:token?^3.0.2 \
INCR=increment:token?^3.0.2 data{score:double member}*
zcount key@0 min:double max:double
zincrby key@0 increment:int member
zinter numkeys:int key@0* WEIGHTS=weight:int?* AGGREGATE=aggregate(SUM|MIN|MAX)? WITHSCORES?
zintercard numkeys:int key@0* LIMIT=limit:int?
zinterstore destination:key@0 numkeys:int key@1* WEIGHTS=weight:int?* AGGREGATE=aggregate(SUM|MIN|\
MAX)?
zmpop numkeys:int key@0* where(MIN|MAX) COUNT=count:int?
zpopmax key@0 count:int?
zpopmin key@0 count:int?
zrandmember key@0 options{count:int WITHSCORES?}?
zrange~7.2.0 key@0 start stop sortby(BYSCORE|BYLEX)?^6.2.0 REV?^6.2.0 \
LIMIT=offset_count{offset:int count:int}?^6.2.0 WITHSCORES?
zrange key@0 start stop sortby(BYSCORE|BYLEX)?^6.2.0 REV?^6.2.0 LIMIT=limit{offset:int \
count:int}?^6.2.0 WITHSCORES?
zrangebylex~7.2.0 key@0 min max LIMIT=offset_count{offset:int count:int}?
zrangebylex key@0 min max LIMIT=limit{offset:int count:int}?
zrangebyscore~7.2.0 key@0 min:double max:double WITHSCORES?^2.0.0 LIMIT=offset_count{offset:int \
count:int}?
zrangebyscore key@0 min:double max:double WITHSCORES?^2.0.0 LIMIT=limit{offset:int count:int}?
zrangestore~7.2.0 dst:key@0 src:key@1 min max sortby(BYSCORE|BYLEX)? REV? \
LIMIT=offset_count{offset:int count:int}?
zrangestore dst:key@0 src:key@1 min max sortby(BYSCORE|BYLEX)? REV? LIMIT=limit{offset:int \
count:int}?
zremrangebyscore key@0 min:double max:double
zrevrange key@0 start:int stop:int WITHSCORES?
zrevrangebylex~7.2.0 key@0 max min LIMIT=offset_count{offset:int count:int}?
zrevrangebylex key@0 max min LIMIT=limit{offset:int count:int}?
zrevrangebyscore~7.2.0 key@0 max:double min:double WITHSCORES? LIMIT=offset_count{offset:int \
count:int}?
zrevrangebyscore key@0 max:double min:double WITHSCORES? LIMIT=limit{offset:int count:int}?
zscan~7.2.0 key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int?
zscan@redis-7.2.0 key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int?
zscan key@0 cursor:int MATCH=pattern:pattern? COUNT=count:int? NOSCORES?
zunion numkeys:int key@0* WEIGHTS=weight:int?* AGGREGATE=aggregate(SUM|MIN|MAX)? WITHSCORES?
zunionstore destination:key@0 numkeys:int key@1* WEIGHTS=weight:int?* AGGREGATE=aggregate(SUM|MIN|\
MAX)?
"""
