from redis.auth.token_manager import *
