from redis.commands.search.suggestion import *
