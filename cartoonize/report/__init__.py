"""Draws saved scores as a page; computes none."""
