from redis.asyncio.multidb.config import *
