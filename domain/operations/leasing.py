"""What runs and bulk operations have in common: each is in the hands of one worker at a time."""

from __future__ import annotations

from datetime import timedelta

LEASE = timedelta(seconds=20)
"""How long work belongs to a worker that has stopped renewing its lease."""


class LeaseLostError(Exception):
    """The work has been taken over by another worker, or was called off; this one must stop."""
