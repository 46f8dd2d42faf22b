from redis.multidb.event import *
