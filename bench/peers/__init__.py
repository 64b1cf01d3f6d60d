"""Who takes part beside Backfill: peers that a user might have chosen, and limits that none can pass."""
