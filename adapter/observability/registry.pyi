from redis.observability.registry import *
