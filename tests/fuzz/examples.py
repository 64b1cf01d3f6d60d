"""How many examples a test of this folder tries: always the same few, or many new ones (`make fuzz`)."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("BACKFILL_TEST_FUZZ", "0"))
"""How many times the usual number of examples, newly chosen each time; 0: the usual ones."""


def examples(usual: int) -> settings:
    """The settings of a test that usually tries so many examples, each on the same running application."""
    return settings(
        max_examples=usual * (TIMES or 1),
        derandomize=not TIMES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if TIMES else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
