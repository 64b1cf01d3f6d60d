"""The read side: what queries, sheets and reports need. Nothing here changes anything."""
