from redis.commands.timeseries import *
