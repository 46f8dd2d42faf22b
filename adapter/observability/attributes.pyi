from redis.observability.attributes import *
