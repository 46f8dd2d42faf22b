from redis.himport import *
