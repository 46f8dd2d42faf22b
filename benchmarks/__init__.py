"""Measurements: ratios of both sides interleaved in one run, medians of several rounds."""
