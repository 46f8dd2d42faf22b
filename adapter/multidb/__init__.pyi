from redis.multidb import *
