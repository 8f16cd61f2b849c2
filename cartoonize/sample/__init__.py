"""A procedural cartoon series, so that the demo, tests and benchmarks need no download."""
