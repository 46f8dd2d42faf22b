from redis.commands.policies import *
