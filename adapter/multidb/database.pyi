from redis.multidb.database import *
