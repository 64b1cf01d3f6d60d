"""Subscriptions, one file per noun: which events somebody wants, and what each is told as (F5)."""
