"""The wire: bytes into requests, meanings into RESP2 or RESP3.  No sockets here."""
