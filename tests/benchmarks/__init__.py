"""The engine timed and checked beside its peers: `python -m tests.benchmarks`."""
