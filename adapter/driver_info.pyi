from redis.driver_info import *
