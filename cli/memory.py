"""How a process that serves for long keeps its memory."""

from __future__ import annotations

import gc

_ALLOCATIONS = 50_000
"""Objects that are made before garbage is looked for: a page of orders makes a few thousand.

Nearly all of them are gone when their request is answered, without being looked for."""


def settle_memory() -> None:
    """Leave what has been loaded out of every later search for garbage, and search less often.

    To be called once, when everything is loaded. The schema alone has a hundred thousand objects, which
    would be walked through again and again, though they live as long as the process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *gc.get_threshold()[1:])
