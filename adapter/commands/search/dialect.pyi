from redis.commands.search.dialect import *
