"""Measurements; ``benchmarks/results`` keeps what was measured."""
