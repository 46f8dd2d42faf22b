from redis.commands.json.path import *
