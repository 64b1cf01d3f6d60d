"""The nouns of the reference model: what there is, as plain objects, and how the model refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

NEVER = datetime.max.replace(tzinfo=UTC)

Promise = tuple[datetime | None, str | None]
HoldScope = tuple[str | None, ...]
"""What a hold rule names: distribution center, order type, shipping agency, service, country."""


class RefusedError(Exception):
    """The model says no, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require(condition: object, code: str) -> None:
    """Refuse with the code unless the condition holds."""
    if not condition:
        raise RefusedError(code)


@dataclass(eq=False, kw_only=True)
class Order:
    place: int
    number: str
    center: str
    store: str | None = None
    order_type: str | None = None
    shipping_agency: str | None = None
    service: str | None = None
    country: str | None = None
    email: str | None = None
    priority: int = 0
    ordered_at: datetime
    accepted_at: datetime
    status: str = "CREATE"
    confirmed: bool = False
    locked: bool = False
    is_back_order: bool = False
    delayed_until: datetime | None = None
    mark: str | None = None
    cancelled_by: str | None = None
    marketplace_status: str | None = None
    sales_order_code: str | None = None
    invoice_code: str | None = None
    unmarked: bool = False
    """Created while `markOnCreate` is off, and not looked at since (D2)."""
    version: int = 1
    news: int = 0
    """How many of its versions were news of its marketplace, from which nothing is planned (F2)."""

    @property
    def planned_version(self) -> int:
        return self.version - self.news

    @property
    def rank(self) -> tuple[int, datetime, int]:
        return -self.priority, self.ordered_at, self.place


@dataclass(eq=False, kw_only=True)
class Line:
    place: int
    order: Order
    sku: str
    requested: int
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0
    route: str = "PROCESSOR"
    own: int = 0
    """Units that were received for it (D6)."""
    set_aside: int | None = None
    """What its Backlog SKU is about (A1)."""
    expected_on: date | None = None
    pin: str | None = None
    """Why nothing may be taken from it (F3)."""

    @property
    def open(self) -> int:
        return self.requested - self.allocated - self.shipped - self.cancelled

    @property
    def waits(self) -> bool:
        """Whether it wants stock of its pool."""
        return self.open > 0 and self.route != "DROPSHIP" and self.order.status != "OC_REJECTED"

    @property
    def rank(self) -> tuple[tuple[int, datetime, int], int]:
        return self.order.rank, self.place


@dataclass(eq=False, kw_only=True)
class Item:
    """An item of a Backorder."""

    line: Line
    quantity: int
    filled: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        return self.quantity - self.filled - self.cancelled


@dataclass(eq=False, kw_only=True)
class Backorder:
    order: Order
    items: dict[Line, Item] = field(default_factory=dict)

    @property
    def status(self) -> str:
        filled = any(item.filled for item in self.items.values())
        if any(item.open for item in self.items.values()):
            return "PARTIALLY_FILLED" if filled else "OPEN"
        return "COMPLETED" if filled else "CANCELLED"


@dataclass(eq=False, kw_only=True)
class Dispatch:
    order: Order
    kind: str
    units: dict[Line, int]
    fills: dict[Item, int] = field(default_factory=dict)
    status: str = "CREATED"
    requeued: bool = False


@dataclass(eq=False, kw_only=True)
class Ordered:
    """A purchase-order line; one with `vendor_for` is shipped by the vendor to that order's customer."""

    purchase_order: int
    center: str
    sku: str
    quantity: int
    received: int = 0
    cancelled: int = 0
    expected_at: datetime | None = None
    line: Line | None = None
    vendor_for: Order | None = None

    @property
    def open(self) -> int:
        return self.quantity - self.received - self.cancelled


@dataclass(eq=False)
class Level:
    on_hand: int = 0
    protected: int = 0
    counted_at: datetime | None = None
    moves: list[tuple[datetime, int]] = field(default_factory=list)
    """What came and left, and when."""


class Policy(NamedTuple):
    """Into how many dispatches an order may be divided, and whether a line may be (B8)."""

    kind: str = "UP_TO"
    max_dispatches: int | None = 2
    split_lines: bool = False

    def allows_part(self, *, made: int) -> bool:
        """Whether, after so many dispatches, there may be one that leaves something for another one."""
        if self.max_dispatches is None:
            return self.kind == "AS_AVAILABLE"
        return made + 1 < self.max_dispatches


@dataclass(kw_only=True)
class Settings:
    hold_hours: int = 24
    require_order_confirmation: bool = False
    allow_backlog_sku_revert: bool = False
    back_order_workflow: bool = True
    mark_on_create: bool = True
    consider_replacement_sku: bool = False
    exclude_dropship_from_availability: bool = True
    policy: Policy = field(default_factory=Policy)
