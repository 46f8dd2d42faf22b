from redis.observability.providers import *
