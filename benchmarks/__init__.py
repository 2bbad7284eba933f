"""Time, memory and requests, as ratios: `python -m benchmarks`."""
