from redis.multidb.client import *
