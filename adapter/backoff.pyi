from redis.backoff import *
