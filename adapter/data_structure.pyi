from redis.data_structure import *
