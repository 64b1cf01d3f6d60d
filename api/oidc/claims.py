"""What a token of an issuer says: for which client, in which role, in whose name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.rules.vocabulary import Role
from domain.settings import Settings

_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Where a token has what we need: names of claims, and what the values of the role's mean.

    Without `roles` its values are our roles, as they are.
    """

    client: str
    role: str
    roles: Mapping[str, Role]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As they are set."""
        return cls(
            client=settings.oidc_client_claim,
            role=settings.oidc_role_claim,
            roles=settings.oidc_roles or {role.value: role for role in Role},
        )

    def client_code(self, claims: Mapping[str, Any]) -> str | None:
        """The code of the client; None when there is none, or not exactly one."""
        value = _claim(claims, self.client)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return value if isinstance(value, str) and value.isprintable() else None

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """The role: of several, that which comes first in the mapping; None when we know none of them."""
        value = _claim(claims, self.role)
        held = value if isinstance(value, list) else [value]
        return next((role for name, role in self.roles.items() if name in held), None)


def subject(claims: Mapping[str, Any]) -> str | None:
    """Whom the issuer calls so; None when that is no name for the audit trail."""
    value = claims.get("sub")
    usable = isinstance(value, str) and 0 < len(value) <= _LONGEST_SUBJECT and value.isprintable()
    return value if usable else None


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this name, which may have dots; else the way down through objects that they divide."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
