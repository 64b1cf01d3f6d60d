"""`backfill doctor`: checks of a set-up, each with its remedy."""
