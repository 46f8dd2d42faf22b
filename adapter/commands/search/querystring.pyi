from redis.commands.search.querystring import *
