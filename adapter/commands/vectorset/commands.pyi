from redis.commands.vectorset.commands import *
