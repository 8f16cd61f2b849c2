"""Scores, one small file each, as streaming accumulators."""
