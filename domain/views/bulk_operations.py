"""Bulk operations, their results, and what one would do (A5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.rules.eligibility import Facts, refusal
from domain.rules.refusals import ErrorCode, Refusal
from domain.store.database import Database, Row
from domain.store.reads.bulk_operations import BULK_OPERATIONS, BULK_TARGETS, BY_ID, BY_POSITION
from domain.store.reads.eligibility import Question, Selection, count_by_facts, targets_page
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page, fetch_page_of_each

__all__ = [
    "Preview",
    "Question",
    "Selection",
    "bulk_operations_page",
    "preview",
    "preview_page",
    "result_pages",
]


@dataclass(frozen=True, slots=True)
class Target:
    """An order that a bulk operation would go to, and why it would be skipped."""

    order_id: int
    eligible: bool
    code: ErrorCode | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk operation would do: how many orders of the selection have which facts."""

    question: Question
    counts: Mapping[Facts, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def eligible(self) -> int:
        return sum(self.among(eligible=True).values())

    @property
    def ineligible(self) -> int:
        return self.total - self.eligible

    def among(self, *, eligible: bool) -> dict[Facts, int]:
        """The facts that make an order eligible, or those that don't, with how many orders have them."""
        action = self.question.action
        return {
            facts: count
            for facts, count in self.counts.items()
            if (refusal(action, facts) is None) == eligible
        }


async def preview(database: Database, *, client_id: int, question: Question) -> Preview:
    """What the action would do to the selection now, without doing it (A5).

    Raises NOT_FOUND for an id that is no order's.
    """
    found = Preview(question, await count_by_facts(database, client_id=client_id, question=question))
    ids = question.selection.ids
    if ids is not None and found.total < len(set(ids)):
        raise Refusal(
            ErrorCode.NOT_FOUND, "There is no order with one of these ids.", path=("selection", "ids")
        )
    return found


async def preview_page(
    database: Database, *, client_id: int, of: Preview, eligible: bool | None, request: PageRequest
) -> Page[Target]:
    """A page of the orders in the order in which they would be gone through, all or only some."""
    page = await targets_page(
        database,
        client_id=client_id,
        question=of.question,
        among=of.counts if eligible is None else of.among(eligible=eligible),
        request=request,
    )
    refusals = [(order_id, refusal(of.question.action, facts)) for order_id, facts in page.nodes]
    return Page(
        nodes=[
            Target(order_id, refused is None, refused.code if refused else None)
            for order_id, refused in refusals
        ],
        cursors=page.cursors,
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
        count=page.count,
    )


async def bulk_operations_page(
    database: Database, *, client_id: int, request: PageRequest, selected: Collection[str]
) -> Page[Row]:
    """A page of the client's bulk operations, newest first."""
    return await fetch_page(
        database,
        BULK_OPERATIONS,
        conditions=Conditions.of_client(client_id),
        names=BULK_OPERATIONS.wanted(selected, always=("id",)),
        ordering=BY_ID,
        request=request,
    )


async def result_pages(
    database: Database,
    *,
    client_id: int,
    bulk_operation_ids: list[int],
    outcome: str | None,
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of what became of the orders of each bulk operation, in the order they were gone through."""
    return await fetch_page_of_each(
        database,
        BULK_TARGETS,
        client_id=client_id,
        key="bulk_operation_id",
        ids=bulk_operation_ids,
        names=BULK_TARGETS.wanted(selected, always=("position",)),
        ordering=BY_POSITION,
        request=request,
        # What has not been gone through has no result yet.
        narrowed=[("t.outcome = coalesce({}, t.outcome)", outcome)],
    )
