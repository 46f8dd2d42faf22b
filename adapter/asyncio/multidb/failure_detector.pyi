from redis.asyncio.multidb.failure_detector import *
