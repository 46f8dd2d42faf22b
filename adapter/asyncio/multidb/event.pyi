from redis.asyncio.multidb.event import *
