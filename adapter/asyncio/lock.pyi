from redis.asyncio.lock import *
