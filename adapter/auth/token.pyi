from redis.auth.token import *
