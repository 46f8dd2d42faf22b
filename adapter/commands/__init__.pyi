from redis.commands import *
