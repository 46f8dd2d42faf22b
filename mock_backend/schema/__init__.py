"""Schema first: a command's usage line is its grammar, and everything else is derived from it."""
