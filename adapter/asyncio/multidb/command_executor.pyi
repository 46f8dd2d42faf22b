from redis.asyncio.multidb.command_executor import *
