"""The server's own format for values and whole data sets: what DUMP answers, what RESTORE takes,
what stands in an RDB file.

Bytes to values and back, nothing else: no command, no file, no socket.
"""
