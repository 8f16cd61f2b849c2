"""Colour spaces, the ab bins, luma: the ground that all rooms stand on."""
