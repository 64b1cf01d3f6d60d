"""What scanners read and what they recorded (F10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import strawberry

from api.mutations.answering import UserError
from api.types.backorders import Backorder
from api.types.dispatches import Dispatch
from api.types.orders import Order
from api.types.purchase_orders import PurchaseOrder
from api.types.reference import Sku
from domain.rules.vocabulary import Outcome, ScanAction

ScanResult: TypeAlias = Annotated[
    Sku | Order | Dispatch | Backorder | PurchaseOrder,
    strawberry.union("ScanResult", description="What a barcode is of."),
]


@strawberry.input(description="What a scanner recorded.")
class ScanInput:
    """One scan."""

    key: str = strawberry.field(
        description="A key of this scan's own, 1 to 255 characters: sent again, it is not applied twice (F6)."
    )
    action: ScanAction = strawberry.field(description="What was done.")
    code: str = strawberry.field(
        description="What was scanned: for PACK and SHIP a dispatch's number, else a SKU's barcode or code."
    )
    quantity: int | None = strawberry.field(
        default=1, description="Units that were counted, received or filled."
    )
    distribution_center_code: str | None = strawberry.field(
        default=None, description="For COUNT: the distribution center that was counted."
    )
    document_id: strawberry.ID | None = strawberry.field(
        default=None, description="For FILL the Backorder, for RECEIVE the purchase order."
    )
    scanned_at: datetime = strawberry.field(
        description="When it was scanned, by the scanner's clock; the audit trail has it beside the time it "
        "was applied (F11). With `sentAt` it tells when goods came or left, and of which moment a COUNT is: "
        "one of more than seven days ago is refused (COUNT_TOO_OLD), one older than the SKU's latest is "
        "skipped (NOTHING_TO_DO)."
    )


@strawberry.type(description="What became of a scan.")
class ScanOutcome:
    """The outcome of one scan."""

    key: str = strawberry.field(description="The scan's key.")
    outcome: Outcome = strawberry.field(
        description="Whether it was applied; sent again, a scan has the outcome it had."
    )
    error: UserError | None = strawberry.field(description="Why it was skipped or failed.")
