"""`backfill watch`: the live feed of any Backfill, in the terminal."""
