from redis.commands.search.profile_information import *
