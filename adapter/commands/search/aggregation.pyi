from redis.commands.search.aggregation import *
