from redis.event import *
