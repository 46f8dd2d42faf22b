from redis.http import *
