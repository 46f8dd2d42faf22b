from redis.commands.search.commands import *
