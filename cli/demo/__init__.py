"""`backfill demo`: the whole program at work on sample orders, as a client of its own public API."""
