from redis.commands.redismodules import *
