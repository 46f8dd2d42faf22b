from redis.multidb.config import *
