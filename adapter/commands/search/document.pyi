from redis.commands.search.document import *
