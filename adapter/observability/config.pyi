from redis.observability.config import *
