from redis.commands.sentinel import *
