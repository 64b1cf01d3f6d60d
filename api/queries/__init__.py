"""Queries, one file per noun: each asks `domain.views` for what was selected."""
