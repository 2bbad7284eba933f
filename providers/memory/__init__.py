"""A pretended cloud and its provider, for tests, examples and benchmarks."""
