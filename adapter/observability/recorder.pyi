from redis.observability.recorder import *
