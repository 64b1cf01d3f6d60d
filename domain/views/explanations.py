"""Why lines got what they got: answered from the record of the runs (F1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.rules.vocabulary import AllocationReason, FulfilmentRoute
from domain.store.database import Database, Row
from domain.store.reads import decisions as reads
from domain.views.nodes import rows_by_ids


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision on a line; without a run when no run looks at the line."""

    run_id: int | None
    rank: int
    sku_id: int
    wanted: int
    stock_seen: int
    given: int
    reason: AllocationReason
    shipment_policy: str | None
    """As JSON: the policy the run went by."""


async def explanations_of(
    database: Database, *, client_id: int, line_ids: Sequence[int]
) -> list[Explanation | None]:
    """The latest decision on each line; None for a line that no run has looked at yet.

    A line that runs pass over, on another route or not confirmed, is explained as such, whatever they decided
    when they looked at it.
    """
    async with database.connection(client_id) as sql:
        decided = {
            row["line_id"]: row
            for row in await reads.latest_decisions(sql, client_id=client_id, line_ids=line_ids)
        }
        standings = await reads.standings(sql, client_id=client_id, line_ids=line_ids)
    return [_explanation(decided.get(line_id), standings.get(line_id)) for line_id in line_ids]


async def served_before(
    database: Database, *, client_id: int, decisions: Sequence[Explanation], selected: Collection[str]
) -> list[list[Row]]:
    """For each decision the lines that the plan gave units of its SKU before it, best rank first."""
    found: list[list[int]] = []
    async with database.connection(client_id) as sql:
        for decision in decisions:
            if decision.run_id is None:
                found.append([])
                continue
            found.append(
                await reads.line_ids_served_before(
                    sql,
                    client_id=client_id,
                    run_id=decision.run_id,
                    rank=decision.rank,
                    sku_id=decision.sku_id,
                )
            )
    ids = sorted({line_id for lines in found for line_id in lines})
    rows = await rows_by_ids(database, "OrderLine", client_id=client_id, ids=ids, selected=selected)
    by_id: Mapping[int, Row | None] = dict(zip(ids, rows, strict=True))
    return [[row for line_id in lines if (row := by_id[line_id]) is not None] for lines in found]


def _explanation(row: Row | None, standing: Row | None) -> Explanation | None:
    if standing is not None and standing["route"] != FulfilmentRoute.PROCESSOR:
        return _passed_over(AllocationReason.NOT_ON_PROCESSOR_ROUTE)
    if standing is not None and standing["awaits_confirmation"]:
        return _passed_over(AllocationReason.NOT_CONFIRMED)
    if row is None:
        return None
    return Explanation(
        run_id=row["run_id"],
        rank=row["rank"],
        sku_id=row["sku_id"],
        wanted=row["wanted"],
        stock_seen=row["stock_seen"],
        given=row["given"],
        reason=AllocationReason(row["reason"]),
        shipment_policy=row["shipment_policy"],
    )


def _passed_over(reason: AllocationReason) -> Explanation:
    return Explanation(None, 0, 0, 0, 0, 0, reason, None)
