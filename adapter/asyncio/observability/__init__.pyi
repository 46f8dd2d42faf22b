from redis.asyncio.observability import *
