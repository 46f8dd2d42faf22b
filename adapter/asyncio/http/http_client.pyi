from redis.asyncio.http.http_client import *
