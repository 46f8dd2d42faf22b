from redis.commands.search.index_definition import *
