"""What operations cost whoever asks for them, and who has asked for too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

from graphql import GraphQLError

from api.transport.documents import Operation
from api.transport.limits import Limits
from api.transport.throttle import Spending, Throttle
from domain.ports import Authority

THROTTLED = "THROTTLED"
TOO_EXPENSIVE = "MAX_COST_EXCEEDED"
TOO_MANY = "TOO_MANY_CONNECTIONS"


@dataclass(frozen=True, slots=True)
class Charge:
    """What an operation was charged, and what its token may still spend."""

    cost: int
    limit: int
    spending: Spending | None

    def extension(self) -> dict[str, Any]:
        """The entry `cost` of a response's `extensions`, in the form that Shopify's clients know."""
        status = None
        if self.spending is not None:
            status = {
                "maximumAvailable": self.spending.maximum,
                "currentlyAvailable": self.spending.available,
                "restoreRate": self.spending.restored_per_second,
            }
        return {
            "requestedQueryCost": self.cost,
            "maximumQueryCost": self.limit,
            "throttleStatus": status,
        }


class Cashier:
    """Charges operations to tokens, and counts what each holds open in this process."""

    def __init__(self, limits: Limits, throttle: Throttle | None) -> None:
        """Without a throttle nobody spends too fast."""
        self._limits = limits
        self._throttle = throttle
        self.sockets: Counter[str] = Counter()
        self.subscriptions: Counter[str] = Counter()

    async def charge_parsing(self, authority: Authority, points: int) -> None:
        """Charge a document before it is looked at. Raises GraphQLError: THROTTLED."""
        if points and self._throttle is not None:
            await self._spend(self._throttle, authority, points, told=0)

    async def charge(
        self,
        authority: Authority,
        operation: Operation,
        variables: Mapping[str, Any] | None,
        *,
        validating: bool = False,
    ) -> Charge:
        """Charge an operation before it is executed, and, if it is still to be done, the validation.

        Raises GraphQLError: MAX_COST_EXCEEDED for one that is too large whoever asks, THROTTLED with the
        seconds after which it will do.
        """
        cost, limit = operation.cost.of(variables), self._limits.operation_cost
        if cost > limit:
            raise GraphQLError(
                f"The operation may cost {cost:,} points, and {limit:,} are allowed: ask for smaller pages "
                "(`first`), or for fewer things at a time.",
                extensions={"code": TOO_EXPENSIVE, "cost": Charge(cost, limit, None).extension()},
            )
        if self._throttle is None:
            return Charge(cost, limit, None)
        # At once: what was paid for the one would be lost while there is too little for the other.
        points = cost + operation.validating if validating else cost
        return await self._spend(self._throttle, authority, points, told=cost)

    async def _spend(self, throttle: Throttle, authority: Authority, points: int, *, told: int) -> Charge:
        spending = await throttle.spend(authority.holder, points)
        charge = Charge(told, self._limits.operation_cost, spending)
        if spending.retry_after is not None:
            seconds = ceil(spending.retry_after)
            raise GraphQLError(
                "This token has spent what it may for now, and "
                f"{spending.restored_per_second:,} points come back each second: try again in {seconds} s.",
                extensions={"code": THROTTLED, "retryAfter": seconds, "cost": charge.extension()},
            )
        return charge

    @contextmanager
    def socket(self, authority: Authority) -> Iterator[None]:
        """While a WebSocket of the token is open. Raises GraphQLError for one too many."""
        with self._counted(self.sockets, authority, self._limits.sockets_per_token, "WebSockets"):
            yield

    @contextmanager
    def subscription(self, authority: Authority) -> Iterator[None]:
        """While a subscription of the token is open. Raises GraphQLError for one too many."""
        limit = self._limits.subscriptions_per_token
        with self._counted(self.subscriptions, authority, limit, "subscriptions"):
            yield

    @contextmanager
    def _counted(self, counter: Counter[str], authority: Authority, limit: int, what: str) -> Iterator[None]:
        holder = authority.holder
        if counter[holder] >= limit:
            raise GraphQLError(
                f"This token has {limit:,} {what} open, and may have no more: close some.",
                extensions={"code": TOO_MANY, "limit": limit},
            )
        counter[holder] += 1
        try:
            yield
        finally:
            counter[holder] -= 1
            if not counter[holder]:
                del counter[holder]
