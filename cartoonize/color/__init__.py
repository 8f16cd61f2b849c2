"""Colour spaces, the ab bins, and luma and chroma."""
