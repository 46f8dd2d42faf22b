"""Generated conversations, held on the mock and on a real server at once and compared byte by byte.

``groups`` says what is said, ``grammar`` and ``pools`` how the words come about, ``replies`` which
differences mean nothing, ``pair`` holds a conversation, ``machine`` lets hypothesis make them.
``python -m tests.integration.differential`` (``make soak``) runs the full length.
"""
