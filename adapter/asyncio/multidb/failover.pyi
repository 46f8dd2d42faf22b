from redis.asyncio.multidb.failover import *
