from redis.typing import *
