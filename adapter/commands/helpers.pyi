from redis.commands.helpers import *
