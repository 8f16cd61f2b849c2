"""Lazy functions on frames, one step each."""
