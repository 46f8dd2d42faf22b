from redis.commands.vectorset.utils import *
