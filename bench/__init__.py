"""Benchmarks: one run, one table, one JSON file. How and what: `docs/benchmarks.md`."""
