from redis.asyncio.maint_notifications import *
