from redis.multidb.failure_detector import *
