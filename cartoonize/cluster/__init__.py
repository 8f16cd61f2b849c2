"""Colour shots on workers of dask.distributed."""
