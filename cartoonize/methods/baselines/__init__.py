"""Baselines: grey, luminance look-up and the nearest training frame."""
