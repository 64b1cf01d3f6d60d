"""The query of the audit trail (F11)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.roles import ADMINS, check_role
from api.types.connections import After, Connection, First, page_request
from api.types.history import AuditEntry, AuditFilter, audit_filter
from domain.views.audit_trail import audit_page


@strawberry.type
class AuditTrailQueries:
    """The part of `Query` about who did what."""

    @strawberry.field(
        description="Who did what, when and from where, the newest first (F11): of a user, of an order, or "
        "of everybody. Takes the role ADMIN; what was done to an order is also in its `history`."
    )
    async def audit_trail(
        self,
        info: Info,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="Which entries.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[AuditEntry]:
        await check_role(info, ADMINS)
        page: Any = await audit_page(
            info.context.database,
            client_id=info.context.client_id,
            audit_filter=audit_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
