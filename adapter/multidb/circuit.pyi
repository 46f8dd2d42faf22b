from redis.multidb.circuit import *
