from redis.auth.idp import *
