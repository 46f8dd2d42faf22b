from redis.multidb.exception import *
