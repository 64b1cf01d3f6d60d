"""Which roles may do what, and the refusal of those that may not."""

from __future__ import annotations

from api.context import Info
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Role

ADMINS = frozenset({Role.ADMIN})
OPERATORS = frozenset({Role.ADMIN, Role.OPERATOR})
SCANNERS = frozenset({Role.ADMIN, Role.OPERATOR, Role.SCANNER})
SERVICES = frozenset({Role.ADMIN, Role.OPERATOR, Role.SERVICE})


async def check_role(info: Info, roles: frozenset[Role]) -> None:
    """Nothing, when the caller's role is one of these. Raises FORBIDDEN, which the audit trail tells."""
    context = info.context
    role = context.authority.role
    if role in roles:
        return
    takes = sorted(roles)
    await context.refusals.role_refused(
        context.database, context.authority, field=info.field_name, takes=[*takes], now=context.now()
    )
    raise Refusal(
        ErrorCode.FORBIDDEN,
        f"A token with the role {role} may not do this; it takes {' or '.join(takes)}.",
    )
