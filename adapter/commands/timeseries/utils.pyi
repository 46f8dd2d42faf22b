from redis.commands.timeseries.utils import *
