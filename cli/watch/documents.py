"""What `backfill watch` sends, so that an API that executes only trusted documents can trust it.

Imported by the API, too: nothing here but texts.
"""

from __future__ import annotations

from cli.watch.kinds import KINDS

NOW = "{ eventCursor }"
CENTERS = "{ distributionCenters { id code } }"
SKU = "query ($code: String!) { stockLevels(skuCodes: [$code]) { sku { id code } } }"


def documents_of_watch() -> list[str]:
    """Every document, as `backfill watch` of this version sends it."""
    return [NOW, CENTERS, SKU, *(kind.document for kind in KINDS.values())]
