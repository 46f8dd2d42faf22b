from redis.asyncio.multidb.healthcheck import *
