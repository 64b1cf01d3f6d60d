"""What allocation plans change (F2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import PlanEffect
from domain.store.database import Database, Row
from domain.store.reads import plans


async def changes_of(
    database: Database,
    *,
    client_id: int,
    plan_ids: Sequence[int],
    effects: Sequence[PlanEffect] | None,
    after_rank: int,
    first: int | None,
) -> list[list[Row]]:
    """The changes of each plan, best rank first. Raises INVALID_INPUT for a negative `first`."""
    if first is not None and first < 0:
        raise Refusal(ErrorCode.INVALID_INPUT, "first must be 0 or more.", path=("first",))
    async with database.connection(client_id) as sql:
        rows = await plans.changes(
            sql,
            client_id=client_id,
            plan_ids=list(set(plan_ids)),
            effects=effects,
            after_rank=after_rank,
            first=first,
        )
    changes: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        changes[row["plan_id"]].append(row)
    return [changes[plan_id] for plan_id in plan_ids]
