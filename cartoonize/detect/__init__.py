"""Incremental detectors that look at one frame at a time: duplicates, credits, cuts."""
