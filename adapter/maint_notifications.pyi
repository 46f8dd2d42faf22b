from redis.maint_notifications import *
