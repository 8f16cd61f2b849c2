"""Incremental detectors that receive one frame at a time: duplicates, held drawings, cuts, credits."""
