"""The single-threaded heart: sessions come in, words are performed, meanings go out."""
