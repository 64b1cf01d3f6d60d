"""What is forgotten, and what never is."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from domain.operations.plan_allocation import plan_allocation
from domain.operations.processor_runs import apply_next_chunk, fail_run, plan_run
from domain.operations.retention import (
    expire_answers,
    expire_audit_entries,
    expire_bulk_operations,
    expire_decisions,
    expire_plans,
    expire_reallocations,
)
from domain.operations.set_up import NewStore, upsert_stores
from domain.rules.vocabulary import BulkAction, ConfirmationStrategy
from domain.store import retention
from domain.store.database import Database
from domain.store.reads.decisions import latest_decisions
from tests.builders import MAIN, NOW, Shop
from tests.bulk import finish, started, these
from tests.reallocations import planned, reallocated, segment, variant
from tests.runs import claimed, process

pytestmark = pytest.mark.anyio

KEEP = timedelta(days=90)
INSTANT = timedelta(microseconds=1)


async def explained(shop: Shop) -> list[tuple[int, int]]:
    """(run id, line id) of every decision there is."""
    rows = await shop.rows("SELECT run_id, line_id FROM run_decisions ORDER BY run_id, rank")
    return [(row["run_id"], row["line_id"]) for row in rows]


@pytest.mark.rule("F6")
async def test_an_answer_is_kept_for_a_while_from_its_first_use(database: Database, shop: Shop) -> None:
    store = [NewStore(code="S", name="S")]
    for key, now in (("old", NOW), ("young", NOW + INSTANT)):
        await upsert_stores(shop.command(key=key, now=now), stores=store)

    await expire_answers(database=database, now=NOW + KEEP + INSTANT, keep=KEEP)

    assert [row["key"] for row in await shop.rows("SELECT key FROM idempotency_keys")] == ["young"]


@pytest.mark.rule("A6")
async def test_results_of_a_bulk_operation_are_kept_for_a_while_after_it_ended(
    database: Database, shop: Shop
) -> None:
    orders = [await shop.order(f"SO-{number}", TEA=1) for number in range(2)]
    old, young, waiting = [await started(shop, BulkAction.CONFIRM, these(*orders)) for _ in range(3)]
    await finish(old, now=NOW)
    await finish(young, now=NOW + INSTANT)

    await expire_bulk_operations(database=database, now=NOW + KEEP + INSTANT, keep=KEEP)

    kept = [(young.bulk_operation_id, 2), (waiting.bulk_operation_id, 2)]
    assert await shop.tuples("SELECT id, total FROM bulk_operations ORDER BY id") == kept
    assert (
        await shop.tuples("SELECT bulk_operation_id, count(*) FROM bulk_targets GROUP BY 1 ORDER BY 1")
        == kept
    )


@pytest.mark.rule("F2")
async def test_a_dry_run_is_kept_for_a_while(database: Database, shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    pool = await shop.id_of("distribution_centers", MAIN)
    for now in (NOW, NOW + INSTANT):
        await plan_allocation(shop.command(now=now), distribution_center_id=pool)

    await expire_plans(database=database, now=NOW + KEEP + INSTANT, keep=KEEP)

    assert await shop.tuples("SELECT planned_at FROM allocation_plans") == [(NOW + INSTANT,)]
    assert await shop.value("SELECT count(*) FROM plan_decisions") == 1


@pytest.mark.rule("F3")
async def test_a_reallocation_is_kept_for_a_while_and_one_that_was_applied_for_longer(
    database: Database,
    shop: Shop,
) -> None:
    await shop.order("SO-1", TEA=1)
    await reallocated(shop, segment(ConfirmationStrategy.LOSE))
    by = await variant(shop, segment(ConfirmationStrategy.GAIN))
    for now in (NOW, NOW + INSTANT):
        await planned(shop, by, now=now)

    await expire_reallocations(database=database, now=NOW + KEEP + INSTANT, keep=KEEP, keep_applied=2 * KEEP)
    assert await shop.tuples("SELECT id FROM reallocation_plans ORDER BY id") == [(1,), (3,)]

    await expire_reallocations(
        database=database, now=NOW + 2 * KEEP + INSTANT, keep=KEEP, keep_applied=2 * KEEP
    )
    assert await shop.value("SELECT count(*) FROM reallocation_plans") == 0
    assert await shop.value("SELECT count(*) FROM reallocation_decisions") == 0


@pytest.mark.rule("F1")
async def test_of_old_runs_each_line_keeps_its_latest_decision(database: Database, shop: Shop) -> None:
    await shop.stock(TEA=1)
    (served,) = await shop.lines_of(await shop.order("SO-1", TEA=1))
    (waiting,) = await shop.lines_of(await shop.order("SO-2", TEA=1))
    await process(await claimed(shop), now=NOW)
    await process(await claimed(shop), now=NOW)
    await process(await claimed(shop), now=NOW + timedelta(days=1))
    assert await explained(shop) == [(1, served), (1, waiting), (2, waiting), (3, waiting)]

    await expire_decisions(database=database, now=NOW + KEEP, keep=KEEP)
    assert len(await explained(shop)) == 4
    await expire_decisions(database=database, now=NOW + KEEP + INSTANT, keep=KEEP)
    assert await explained(shop) == [(1, served), (3, waiting)]
    await expire_decisions(database=database, now=NOW + 9 * KEEP, keep=KEEP)
    assert await explained(shop) == [(1, served), (3, waiting)]


@pytest.mark.rule("F1")
@pytest.mark.parametrize("fails", [True, False], ids=["a run that failed", "a run under way"])
async def test_what_a_run_never_carried_out_supersedes_nothing(
    database: Database, shop: Shop, fails: bool
) -> None:
    first, second = [(await shop.lines_of(await shop.order(f"SO-{n}", TEA=1)))[0] for n in range(2)]
    await process(await claimed(shop), now=NOW)
    broken = await claimed(shop)
    await plan_run(broken, now=NOW)
    await apply_next_chunk(broken, now=NOW, size=1)
    if fails:
        await fail_run(broken, failure="The worker broke.", now=NOW)

    await expire_decisions(database=database, now=NOW + 2 * KEEP, keep=KEEP)

    async with database.connection_across_clients() as sql:
        found = await latest_decisions(sql, client_id=shop.client_id, line_ids=[first, second])
    assert {row["line_id"]: row["run_id"] for row in found} == {first: 2, second: 1}


@pytest.mark.rule("F1")
async def test_an_old_run_is_gone_through_once(database: Database, shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=1))
    await process(await claimed(shop), now=NOW)
    later = NOW + KEEP + INSTANT

    async def to_go_through() -> int:
        async with database.connection_across_clients() as sql:
            return len(await retention.runs_finished(sql, before=later - KEEP))

    assert await to_go_through() == 1
    await expire_decisions(database=database, now=later, keep=KEEP)
    assert await to_go_through() == 0
    assert await explained(shop) == [(1, line)]


@pytest.mark.rule("F1")
async def test_the_decisions_of_a_young_run_are_all_kept(database: Database, shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    for _ in range(3):
        await process(await claimed(shop), now=NOW + timedelta(days=30))

    await expire_decisions(database=database, now=NOW + KEEP, keep=KEEP)

    assert [run_id for run_id, _ in await explained(shop)] == [1, 2, 3]


@pytest.mark.rule("F1")
async def test_lines_of_another_client_supersede_nothing(database: Database, shop: Shop, other: Shop) -> None:
    for client in (shop, other):
        await client.order("SO-1", TEA=1)
        await process(await claimed(client), now=NOW)
    # Ids are unique within a client only.
    await shop.write("UPDATE run_decisions SET line_id = 7")

    await expire_decisions(database=database, now=NOW + 2 * KEEP, keep=KEEP)

    assert await explained(shop) == [(1, 7), (2, 7)]


@pytest.mark.rule("F11")
async def test_the_audit_trail_is_kept_for_ever_unless_told_otherwise(database: Database, shop: Shop) -> None:
    for number in range(3):
        await shop.order(f"SO-{number}", TEA=1, now=NOW + number * KEEP)
    before = await shop.tuples("SELECT id, at FROM audit_entries ORDER BY id")

    await expire_audit_entries(database=database, now=NOW + 9 * KEEP, keep=None)
    assert await shop.tuples("SELECT id, at FROM audit_entries ORDER BY id") == before

    await expire_audit_entries(database=database, now=NOW + 2 * KEEP, keep=KEEP)
    kept = [row for row in before if row[1] >= NOW + KEEP]
    assert 0 < len(kept) < len(before)
    assert await shop.tuples("SELECT id, at FROM audit_entries ORDER BY id") == kept
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await shop.write("DELETE FROM audit_entries")
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await shop.write("UPDATE audit_entries SET actor = 'nobody'")


@pytest.mark.rule("F6")
@pytest.mark.rule("A6")
@pytest.mark.rule("F2")
async def test_much_is_forgotten_in_short_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.operations.retention._ROWS_AT_ONCE", 2)
    shop = await Shop.open(database)
    orders = [await shop.order(f"SO-{number}", TEA=1) for number in range(5)]
    pool = await shop.id_of("distribution_centers", MAIN)
    await plan_allocation(shop.command(), distribution_center_id=pool)
    await finish(await started(shop, BulkAction.CONFIRM, these(*orders)), now=NOW)
    for number in range(5):
        await upsert_stores(shop.command(key=f"key-{number}"), stores=[NewStore(code="S", name="S")])

    later = NOW + KEEP + INSTANT
    await expire_answers(database=database, now=later, keep=KEEP)
    await expire_bulk_operations(database=database, now=later, keep=KEEP)
    await expire_plans(database=database, now=later, keep=KEEP)

    for table in (
        "idempotency_keys",
        "bulk_operations",
        "bulk_targets",
        "allocation_plans",
        "plan_decisions",
    ):
        assert await shop.value(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608
