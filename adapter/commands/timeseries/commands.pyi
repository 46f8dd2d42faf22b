from redis.commands.timeseries.commands import *
