"""The rules of Backfill: pure functions and values, without I/O, clock or randomness."""
