"""Sheets of paper for the warehouse, as PDF (E3)."""
