from redis.commands.json.decoders import *
