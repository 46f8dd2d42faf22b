from redis.asyncio.http import *
