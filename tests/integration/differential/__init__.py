"""Generated conversations, held on the mock and on a real server at once and compared byte by byte.

``groups`` says what is said, ``grammar`` and ``pools`` how the words come about, ``replies`` which
differences mean nothing, ``pair`` holds a conversation, ``machine`` lets hypothesis make them.
Where three to five sessions converse at once, ``company`` says what is said, ``parties`` knows when
all has come to rest, ``meeting`` holds the conversation, and ``sessions`` lets hypothesis make it.
``clients`` lets redis-py and the adapter say the same to two servers of a kind.
``python -m tests.integration.differential`` (``make differential``) runs the full length.
"""
