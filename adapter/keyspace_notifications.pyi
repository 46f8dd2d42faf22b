from redis.keyspace_notifications import *
