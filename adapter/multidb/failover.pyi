from redis.multidb.failover import *
