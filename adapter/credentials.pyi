from redis.credentials import *
