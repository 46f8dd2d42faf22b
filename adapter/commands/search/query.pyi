from redis.commands.search.query import *
