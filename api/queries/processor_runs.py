"""The Back Order Schedule (B11): schedules, runs, and how long orders are held for them (B3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected, selected_nodes
from api.ids import decode_optional
from api.types.connections import After, Connection, First, page_request
from api.types.hold_rules import HoldRule
from api.types.processor_runs import BackOrderSchedule, ProcessorRun, ProcessorSchedule
from domain.views import schedules as views
from domain.views.back_order_schedule import back_order_schedules, window_of
from domain.views.hold_rules import hold_rules

CenterId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this distribution center.")
]


@strawberry.type
class ProcessorRunQueries:
    """The part of `Query` about the Order Processor."""

    @strawberry.field(description="When the Order Processor runs (B11).")
    async def processor_schedules(
        self, info: Info, distribution_center: CenterId = None
    ) -> list[ProcessorSchedule]:
        schedules: list[Any] = await views.schedules(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            selected=selected(info),
        )
        return schedules

    @strawberry.field(description="The rules for hold times (B3), the most specific first.")
    async def hold_rules(
        self,
        info: Info,
        distribution_center: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only those that can apply in this distribution center."),
        ] = None,
    ) -> list[HoldRule]:
        rules: list[Any] = await hold_rules(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            selected=selected(info),
        )
        return rules

    @strawberry.field(
        description="The Back Order Schedule (B11) of each distribution center: the next run, and all runs "
        "of the UTC day or of a window, past ones with their results."
    )
    async def back_order_schedule(
        self,
        info: Info,
        distribution_center: CenterId = None,
        from_: Annotated[
            datetime | None,
            strawberry.argument(
                name="from", description="The window's start; if not given, that of today (UTC)."
            ),
        ] = None,
        until: Annotated[
            datetime | None,
            strawberry.argument(description="Its end, not included; if not given, that of the start's day."),
        ] = None,
    ) -> list[BackOrderSchedule]:
        now = info.context.now()
        start, end = window_of(now=now, start=from_, end=until)
        schedules: list[Any] = await back_order_schedules(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            now=now,
            start=start,
            end=end,
            selected_of_run=selected(info, "entries", "run"),
        )
        return schedules

    @strawberry.field(description="Runs of the Order Processor with their results, latest first (B11).")
    async def processor_runs(
        self,
        info: Info,
        distribution_center: CenterId = None,
        from_: Annotated[
            datetime | None, strawberry.argument(name="from", description="Only those due then or later.")
        ] = None,
        until: Annotated[
            datetime | None, strawberry.argument(description="Only those due before then.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[ProcessorRun]:
        page: Any = await views.runs_page(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            due_from=from_,
            due_until=until,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
