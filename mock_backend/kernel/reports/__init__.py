"""What a server tells of itself: INFO, CLIENT LIST, the slow log, MONITOR."""
