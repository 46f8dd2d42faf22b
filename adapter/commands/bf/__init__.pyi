from redis.commands.bf import *
