from redis.ocsp import *
