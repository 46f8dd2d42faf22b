"""Parameters: their table, the rules of their values, and redis.conf."""
