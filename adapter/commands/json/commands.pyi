from redis.commands.json.commands import *
