from redis.asyncio.observability.recorder import *
