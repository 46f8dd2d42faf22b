from redis.cache import *
