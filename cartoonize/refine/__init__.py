"""Regions and fills: NumPy in, NumPy out."""
