"""What is in the benchmarks' databases."""
