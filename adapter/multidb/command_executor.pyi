from redis.multidb.command_executor import *
