from redis.http.http_client import *
