from redis.commands.core import *
