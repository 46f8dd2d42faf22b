"""redis-py's client library, spoken over Valkey GLIDE."""
