from redis.asyncio.multidb.client import *
