"""What no client would say, at length: bytes for the reader, lines for the inline parser, words for
the schema's binders and for the kernel.  ``python -m tests.fuzz`` runs as much as it is told.
"""
