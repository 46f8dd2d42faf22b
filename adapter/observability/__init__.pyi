from redis.observability import *
