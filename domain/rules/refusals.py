"""Expected refusals: what a caller asked for can't be done, and what to do instead.

A refusal is raised where a rule says no, and knows nothing of GraphQL or HTTP; the doors
(`api`, `jobs`, `cli`) turn it into their own answer. Anything else that goes wrong is a
bug or an outage and is never dressed up as a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.rules.described import Described


class ErrorCode(Described):
    """Why a request was refused, as a code that programs can act on."""

    NOT_FOUND = "NOT_FOUND", "Nothing with this id or number exists for this client."
    INVALID_INPUT = "INVALID_INPUT", "A value is missing, malformed or out of its bounds."
    DUPLICATE = "DUPLICATE", "Something with this number or code exists already; it was left unchanged."
    FORBIDDEN = "FORBIDDEN", "The token's role does not allow this."
    FEATURE_DISABLED = "FEATURE_DISABLED", "A client setting switches this off."
    ORDER_LOCKED = "ORDER_LOCKED", "The order has Backlog SKUs, so its details can't be edited."
    ORDER_STATUS_NOT_ALLOWED = (
        "ORDER_STATUS_NOT_ALLOWED",
        "The status of the order, or of its dispatch, does not allow this.",
    )
    BACKLOG_SKUS_ALREADY_CREATED = "BACKLOG_SKUS_ALREADY_CREATED", "The order has Backlog SKUs already."
    DISPATCH_EXISTS = "DISPATCH_EXISTS", "A dispatch has been created from the order."
    BACKLOG_SKU_ON_DELIVERY_NOTE = (
        "BACKLOG_SKU_ON_DELIVERY_NOTE",
        "A Backlog SKU of the order has been applied to a delivery note.",
    )
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK", "More is wanted than is available."
    DISPATCH_ALREADY_SHIPPED = "DISPATCH_ALREADY_SHIPPED", "The dispatch has left the warehouse."
    DATE_RANGE_TOO_LONG = "DATE_RANGE_TOO_LONG", "The dates are further apart than allowed."
    NOTHING_TO_DO = "NOTHING_TO_DO", "The request would change nothing."
    IDEMPOTENCY_KEY_REUSED = (
        "IDEMPOTENCY_KEY_REUSED",
        "The idempotency key was used before with another payload.",
    )
    VERSION_CONFLICT = (
        "VERSION_CONFLICT",
        "What was to be changed is not what it was when the expected version was read.",
    )
    COUNT_TOO_OLD = "COUNT_TOO_OLD", "It was counted too long ago to tell of today; count it again."
    STALE_PLAN = "STALE_PLAN", "What the plan was made from has changed; make a new one."
    CURSOR_EXPIRED = "CURSOR_EXPIRED", "Events after this cursor are no longer kept; read the state again."


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not an error
    """An expected "no". `message` is for the user and says the remedy.

    `path` leads to the offending input, as in `("input", "0", "quantity")`; `details` holds
    figures a program needs, such as the current version of a VERSION_CONFLICT.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        path: tuple[str, ...] = (),
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.path = path
        self.details: Mapping[str, str | int] = dict(details or {})

    def at(self, *path: str) -> Refusal:
        """The same refusal, pointing at `path`."""
        return Refusal(self.code, self.message, path=path, details=self.details)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
