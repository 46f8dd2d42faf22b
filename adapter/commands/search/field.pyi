from redis.commands.search.field import *
