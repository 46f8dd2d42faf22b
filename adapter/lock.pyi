from redis.lock import *
