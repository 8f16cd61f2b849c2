"""Colouring on workers of dask.distributed."""
