"""The rank key: the order in which demand is served."""

from datetime import datetime

RankKey = tuple[int, datetime, int]


def rank_key(*, priority: int, ordered_at: datetime, order_id: int) -> RankKey:
    """A key that sorts demand the way it is served (D4): higher priority, then older, then lower id.

    Ids are unique, so the order is total and never depends on how the input happened to be sorted.
    """
    return (-priority, ordered_at, order_id)
