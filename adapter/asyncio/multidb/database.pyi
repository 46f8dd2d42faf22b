from redis.asyncio.multidb.database import *
