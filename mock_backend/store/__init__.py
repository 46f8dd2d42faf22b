"""Plain data structures: what a key can hold, and where keys are held.  Nothing here knows of
commands or sessions.
"""
