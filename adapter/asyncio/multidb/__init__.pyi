from redis.asyncio.multidb import *
