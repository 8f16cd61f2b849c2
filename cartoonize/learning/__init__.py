"""Samples, losses and the loop."""
