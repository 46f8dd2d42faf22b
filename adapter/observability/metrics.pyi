from redis.observability.metrics import *
