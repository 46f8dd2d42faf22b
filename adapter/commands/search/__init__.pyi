from redis.commands.search import *
