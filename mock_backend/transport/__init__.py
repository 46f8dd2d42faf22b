"""How bytes reach the kernel: TCP, or memory.  The logic of a connection stands once, without
sockets.
"""
