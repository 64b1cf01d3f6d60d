"""Baskets of SKU codes: real ones from a file, or generated ones of the same shape."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, cycle, islice
from pathlib import Path
from random import Random

from cli.importing.data_sets import online_retail_data

LINES_PER_ORDER = 3

_GENERATED_SKUS = 3_900
_SEED = 20_260_302


def baskets(file: Path | None, *, count: int) -> list[tuple[str, ...]]:
    """`count` baskets of three different SKU codes each.

    Those of `file` (docs/data-sets.md tells its form) are cut into threes, and come again until there are
    enough.
    """
    source = _generated() if file is None else cycle(list(_cut(file)))
    return list(islice(source, count))


def _cut(file: Path) -> Iterator[tuple[str, ...]]:
    for entry in online_retail_data(file, on_hand=0).orders:
        codes = [line.sku_code for line in entry.value.lines]
        whole = len(codes) - len(codes) % LINES_PER_ORDER
        for start in range(0, whole, LINES_PER_ORDER):
            yield tuple(codes[start : start + LINES_PER_ORDER])


def _generated() -> Iterator[tuple[str, ...]]:
    """As in the real baskets, the hundredth SKU is ordered about a tenth as often as the first."""
    random = Random(_SEED)  # noqa: S311 - the same baskets every time
    codes = [f"{number:05}" for number in range(10_000, 10_000 + _GENERATED_SKUS)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(_GENERATED_SKUS)))
    while True:
        basket = dict.fromkeys(random.choices(codes, cum_weights=weights, k=LINES_PER_ORDER))
        if len(basket) == LINES_PER_ORDER:
            yield tuple(basket)
