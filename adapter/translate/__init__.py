"""The neck: one redis command into one GLIDE request, and GLIDE's reply back; pure.

``flow`` is the way in, ``routes`` knows every command, ``raw`` and ``introspection`` undo what
GLIDE makes of replies.  Nothing here opens a connection, and nothing is defined in this file.
"""
