from redis.commands.search.reducers import *
