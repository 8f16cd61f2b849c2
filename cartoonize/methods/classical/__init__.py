"""Colouring methods that do not use a deep network."""
