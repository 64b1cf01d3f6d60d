"""Benchmarks: every promise about speed, measured beside its peers and limits in one run."""
