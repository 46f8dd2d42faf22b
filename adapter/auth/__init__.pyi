from redis.auth import *
