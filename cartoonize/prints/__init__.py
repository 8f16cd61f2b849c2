"""Simulated black-and-white prints of coloured films, with other film stock, processing and wear."""
