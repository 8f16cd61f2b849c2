"""A procedural cartoon series, so that the demo, the tests and the benchmarks need no download."""
