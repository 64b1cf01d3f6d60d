"""How orders stand, and who is to fulfil their lines."""

from domain.rules.described import Described


class OrderStatus(Described):
    """How far an order has come."""

    CREATE = "CREATE", "Loaded and accepted; nothing has been dispatched."
    OC_CONFIRMED = "OC_CONFIRMED", "Confirmed; nothing has been dispatched."
    OC_REJECTED = "OC_REJECTED", "The order confirmation was refused; the order is not processed."
    COMMIT = "COMMIT", "At least one dispatch has been made and something is not yet shipped."
    PARTIALLY_CANCELLED = (
        "PARTIALLY_CANCELLED",
        "The back-order lines were cancelled, the dispatched ones stay. It is COMPLETED as soon as these are "
        "shipped, and stays as it is if they had been shipped before.",
    )
    CANCELLED = "CANCELLED", "Nothing of the order will be delivered."
    COMPLETED = "COMPLETED", "Every unit is shipped or cancelled, and at least one is shipped."


class DeliveryStatus(Described):
    """How far an order with Backlog SKUs has been delivered."""

    NOT_DELIVERED = "NOT_DELIVERED", "Nothing is delivered and the order has no Backlog SKUs."
    UNDELIVERED_SKU_CREATED = "UNDELIVERED_SKU_CREATED", "The order has Backlog SKUs, none of them delivered."
    DELIVERY_NOTE_CREATED = "DELIVERY_NOTE_CREATED", "Backlog SKUs are on a delivery note not yet shipped."
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED", "Some of the order is delivered."
    DELIVERED = "DELIVERED", "All of the order is delivered."


class QueueStatus(Described):
    """Where an order stands in the Order Processor's queue."""

    QUEUED = "QUEUED", "Waits for a run; nothing of it has been dispatched."
    PARTIALLY_PROCESSED = "PARTIALLY_PROCESSED", "Some lines are dispatched, the others wait for stock."
    PROCESSED = "PROCESSED", "Nothing is left for the processor to do."
    NOT_QUEUED = "NOT_QUEUED", "The processor leaves the order alone."


class BackOrderStatus(Described):
    """How much of what is open can't be covered from available stock."""

    NONE = "NONE", "All that is open is covered, or nothing is open."
    PARTIAL = "PARTIAL", "Some of what is open is back-ordered."
    FULL = "FULL", "All that is open is back-ordered."


class BackOrderMark(Described):
    """What a person says about an order being a back order, whatever its coverage is."""

    BACK_ORDER = "BACK_ORDER", "It is one: its back order status is FULL while anything is open."
    NOT_BACK_ORDER = "NOT_BACK_ORDER", "It is none: its back order status is NONE."


class OrderCondition(Described):
    """What to make of an order on the Backlog Orders dashboard; always derived."""

    NOT_YET_PROCESSED = "NOT_YET_PROCESSED", "None of the other conditions holds."
    CANCELLED_BY_CUSTOMER = (
        "CANCELLED_BY_CUSTOMER",
        "The customer cancelled before there was a sales-order code or an invoice code.",
    )
    DONE_NOT_INVOICED = (
        "DONE_NOT_INVOICED",
        "Waiting for pickup at the marketplace, with neither a sales-order code nor an invoice code.",
    )
    CANCELLED_CHECK_REJECTION = (
        "CANCELLED_CHECK_REJECTION",
        "Cancelled with a sales-order code or an invoice code: check that the rejection arrived.",
    )
    NOT_YET_PACKED = "NOT_YET_PACKED", "Both codes are there and the order is not packed."
    WAITING_FOR_PICKUP = "WAITING_FOR_PICKUP", "Both codes are there and the order is packed."


class MarketplaceStatus(Described):
    """What the marketplace says about the order."""

    PAYMENT_VERIFIED = "PAYMENT_VERIFIED", "The customer has paid."
    ACCEPTED = "ACCEPTED", "The seller has accepted the order."
    READY_TO_PROCESS = "READY_TO_PROCESS", "The order may be picked and packed."
    WAITING_FOR_PICKUP = "WAITING_FOR_PICKUP", "The parcel waits for the shipping agency."
    SHIPPED = "SHIPPED", "The shipping agency has the parcel."
    DELIVERED = "DELIVERED", "The customer has the parcel."
    CANCELLED = "CANCELLED", "The order is cancelled on the marketplace."


class CancelledBy(Described):
    """Who cancelled an order."""

    CUSTOMER = "CUSTOMER", "The customer, on the marketplace or by request."
    CLIENT = "CLIENT", "The client, who owns the order."


class FulfilmentRoute(Described):
    """Who owns a line's fulfilment: exactly one at a time."""

    PROCESSOR = "PROCESSOR", "The Order Processor's queue."
    SPLIT_DELIVERY = "SPLIT_DELIVERY", "Its Backlog SKU, applied to delivery notes by hand."
    WAREHOUSE_PICK = "WAREHOUSE_PICK", "Its Backorder, filled in the warehouse."
    DROPSHIP = "DROPSHIP", "A vendor, who ships it to the customer."


class PromiseReason(Described):
    """Why an order line is promised no date (F4)."""

    NOTHING_OPEN = "NOTHING_OPEN", "Nothing of the line waits to be served any more."
    IN_STOCK = "IN_STOCK", "Available stock covers all that is open: there is nothing to wait for."
    NO_INCOMING = (
        "NO_INCOMING",
        "The line waits for stock, and nothing that is on its way is left for it by better-ranked lines.",
    )
    INCOMING_TOO_LITTLE = (
        "INCOMING_TOO_LITTLE",
        "Stock is on its way, but after better-ranked lines not enough for the last unit.",
    )
    INCOMING_UNDATED = (
        "INCOMING_UNDATED",
        "Enough stock is on its way, but some that the line needs has no expected date.",
    )
