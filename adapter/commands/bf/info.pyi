from redis.commands.bf.info import *
