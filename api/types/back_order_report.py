"""The Backordering report (B12)."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_optional
from api.types.node import follow
from api.types.reference import DistributionCenter, Sku
from domain.views.back_order_report import ReportFilter


@strawberry.input(description="Which rows of the Backordering report: all conditions hold.")
class BackOrderReportFilter:
    """A filter of the report."""

    from_: date | None = strawberry.field(
        name="from",
        default=None,
        description="The first day (UTC); if not given, 30 days before the last one.",
    )
    until: date | None = strawberry.field(
        default=None, description="The last day (UTC), included; today if not given."
    )
    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Of this distribution center."
    )
    sku: strawberry.ID | None = strawberry.field(default=None, description="Of this SKU.")


def back_order_report_filter(given: BackOrderReportFilter | None) -> ReportFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return ReportFilter()
    return ReportFilter(
        first_day=given.from_,
        last_day=given.until,
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
        sku=decode_optional("Sku", given.sku, argument=("filter", "sku")),
    )


@strawberry.type(description="A day (UTC) of the Backordering report, over all rows of the filter.")
class BackOrderTotal:
    """A day of the report, summed up. Quantities are units."""

    day: date = strawberry.field(description="The day, in UTC.")
    taken_at: datetime = strawberry.field(description="When its figures were taken.")
    back_ordered: int = strawberry.field(
        name="backOrderedQty", description="Units that available stock did not cover."
    )
    lines: int = strawberry.field(description="Order lines with back-ordered units.")
    oldest_age_hours: int | None = strawberry.field(
        description="For how many whole hours the oldest of these lines had been back-ordered."
    )
    demanded: int = strawberry.field(description="Units of orders that were accepted on the day.")
    filled_at_once: int = strawberry.field(
        description="How many of these were not back-ordered when the figures were taken."
    )
    share_filled_at_once: float | None = strawberry.field(
        description="The share of the day's demand that was filled at once, from 0 to 1; null without demand."
    )


@strawberry.type(
    description="What of a SKU was back-ordered in a distribution center when a day (UTC) ended, and how the "
    "day's demand was met. Today's figures are as they are now."
)
class BackOrderDay:
    """A row of the report. Quantities are units."""

    day: date = strawberry.field(description="The day, in UTC.")
    taken_at: datetime = strawberry.field(
        description="When the figures were taken: just after the day ended, unless no worker ran then."
    )
    back_ordered: int = strawberry.field(
        name="backOrderedQty", description="Units that available stock did not cover."
    )
    orders: int = strawberry.field(description="Orders with back-ordered units.")
    lines: int = strawberry.field(description="Order lines with back-ordered units.")
    oldest_since: datetime | None = strawberry.field(
        description="Since when the oldest of these lines had been back-ordered."
    )
    oldest_age_hours: int | None = strawberry.field(description="For how many whole hours it had been.")
    demanded: int = strawberry.field(description="Units of orders that were accepted on the day.")
    filled_at_once: int = strawberry.field(
        description="How many of these were not back-ordered when the figures were taken."
    )
    share_filled_at_once: float | None = strawberry.field(
        description="The share of the day's demand that was filled at once, from 0 to 1; null without demand."
    )
    incoming: int = strawberry.field(description="Units open on purchase orders coming in.")
    incoming_at: datetime | None = strawberry.field(description="When the first of them is expected.")

    @batched(description="The distribution center.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")
