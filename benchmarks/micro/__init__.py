"""Microseconds of single steps, with pytest-benchmark: ``make bench-micro``."""
