"""Colorization using optimization (Levin, Lischinski, Weiss 2004)."""
