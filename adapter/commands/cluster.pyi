from redis.commands.cluster import *
