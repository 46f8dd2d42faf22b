from redis.commands.vectorset import *
