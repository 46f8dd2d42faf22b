from redis.asyncio.retry import *
