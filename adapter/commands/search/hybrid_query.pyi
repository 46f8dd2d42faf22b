from redis.commands.search.hybrid_query import *
