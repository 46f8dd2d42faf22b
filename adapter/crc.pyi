from redis.crc import *
