"""Transferring color to greyscale images (Welsh, Ashikhmin, Mueller 2002)."""
