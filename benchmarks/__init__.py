"""Benchmarks of speed, memory and quality. Measured results are in ``benchmarks/results``."""
