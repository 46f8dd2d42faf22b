"""Lua scripts: the sealed interpreter, what it is given to see, and the conversion of values both
ways.
"""
