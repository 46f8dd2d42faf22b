"""Many clients at once, random commands, and what must hold whatever they say: ``make soak``."""
