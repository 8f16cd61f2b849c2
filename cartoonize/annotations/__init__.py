"""Colours that a user gives: references, scribbles, swatches and pins."""
