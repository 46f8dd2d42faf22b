from redis.commands.search.result import *
