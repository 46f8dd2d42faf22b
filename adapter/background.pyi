from redis.background import *
