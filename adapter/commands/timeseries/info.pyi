from redis.commands.timeseries.info import *
