"""The query of API tokens."""

from __future__ import annotations

from typing import Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.roles import ADMINS, check_role
from api.types.api_tokens import ApiToken
from api.types.connections import After, Connection, First, page_request
from domain.views.api_tokens import api_tokens_page


@strawberry.type
class ApiTokenQueries:
    """The part of `Query` about API tokens."""

    @strawberry.field(
        description="The client's API tokens, the newest first, those that work no longer too; never what "
        "their secret is. Takes the role ADMIN."
    )
    async def api_tokens(self, info: Info, first: First = None, after: After = None) -> Connection[ApiToken]:
        await check_role(info, ADMINS)
        page: Any = await api_tokens_page(
            info.context.database,
            client_id=info.context.client_id,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
