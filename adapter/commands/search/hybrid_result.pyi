from redis.commands.search.hybrid_result import *
