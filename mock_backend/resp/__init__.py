"""The wire: requests are read from bytes, meanings are written as RESP2 or RESP3.  No sockets here."""
