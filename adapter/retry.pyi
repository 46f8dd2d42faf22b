from redis.retry import *
