from redis.asyncio.keyspace_notifications import *
