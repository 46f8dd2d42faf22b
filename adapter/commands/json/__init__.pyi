from redis.commands.json import *
