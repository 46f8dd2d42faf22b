from redis.commands.bf.commands import *
