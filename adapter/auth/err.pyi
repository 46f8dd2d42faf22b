from redis.auth.err import *
