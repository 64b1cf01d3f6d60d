"""Strawberry and Tortoise over the same tables, as they are documented: rows prefetched, no extensions."""
