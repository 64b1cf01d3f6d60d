"""What goes out to others and comes in from them: marketplaces, e-mails, webhooks."""

from domain.rules.described import Described


class ConnectorKind(Described):
    """How orders and statuses come from a store's marketplace (C5)."""

    HTTP = "HTTP", "They are fetched with signed requests from an address of the marketplace."
    FILE_DROP = "FILE_DROP", "They are read from JSON files that somebody puts into a folder."
    PUSH = "PUSH", "The marketplace sends them to the signed webhook, and is never asked."


class CircuitState(Described):
    """Whether a marketplace is asked at all (C5)."""

    CLOSED = "CLOSED", "It is asked whenever something is due, after a failure a little later."
    OPEN = "OPEN", "It failed too often in a row and is left alone for a while."
    HALF_OPEN = "HALF_OPEN", "It was left alone for long enough; the next attempt decides."


class SynchronizationStatus(Described):
    """How far a synchronization with a marketplace has come (C5)."""

    PENDING = "PENDING", "Recorded; it waits for a worker, or for the marketplace to be asked again."
    RUNNING = "RUNNING", "A worker is fetching and applying."
    COMPLETED = "COMPLETED", "Everything the marketplace had has a result."
    FAILED = "FAILED", "It was given up; the results so far stay."


class SynchronizedRow(Described):
    """What a row of a synchronization is about (C5)."""

    ORDER = "ORDER", "A new order."
    STATUS = "STATUS", "What the marketplace says of an order that exists."
    FILE = "FILE", "A file or message that could not be read at all."


class EmailEvent(Described):
    """What happens to an order that its customer can be told by e-mail (D7)."""

    OUT_OF_STOCK = "OUT_OF_STOCK", "The order becomes back-ordered, wholly or in part."
    DELAYED = "DELAYED", "The order is delayed to a date."
    CANCELLED = "CANCELLED", "The order is cancelled, or its back-order lines are."
    SHIPPED = "SHIPPED", "A dispatch of the order is shipped, or a vendor ships lines of it."
    PROMISE_CHANGED = (
        "PROMISE_CHANGED",
        "The order is promised another date, or none any more while something of it is still to come.",
    )


class EmailStatus(Described):
    """How far an e-mail has come."""

    PENDING = "PENDING", "Waits to be sent, or to be tried again."
    SENT = "SENT", "The mail server has taken it."
    SKIPPED = "SKIPPED", "There is nothing to send, or nobody to send it to; its reason says why."
    FAILED = "FAILED", "It could not be made or sent; its reason says why."


class WebhookEvent(Described):
    """What an outbound webhook tells of. PING and EVENTS_EXPIRED are sent without being chosen."""

    ORDER_CHANGED = "ORDER_CHANGED", "An order was created or changed."
    BACK_ORDER_LINE_CHANGED = "BACK_ORDER_LINE_CHANGED", "What of an order line is back-ordered changed."
    PROMISE_CHANGED = "PROMISE_CHANGED", "An order is promised another date, or none any more."
    STOCK_LEVEL_CHANGED = "STOCK_LEVEL_CHANGED", "Other units are on hand, held or protected."
    PURCHASE_ORDER_CHANGED = "PURCHASE_ORDER_CHANGED", "A purchase order was created, changed or received."
    PROCESSOR_RUN_CHANGED = "PROCESSOR_RUN_CHANGED", "A run was scheduled, started, progressed or ended."
    PROCESSOR_SCHEDULE_CHANGED = (
        "PROCESSOR_SCHEDULE_CHANGED",
        "When the Order Processor runs was set, paused or removed.",
    )
    BULK_OPERATION_CHANGED = "BULK_OPERATION_CHANGED", "A bulk operation was started, progressed or ended."
    SYNCHRONIZATION_CHANGED = "SYNCHRONIZATION_CHANGED", "A synchronization was requested, began or ended."
    SETTINGS_CHANGED = "SETTINGS_CHANGED", "The client's settings, rules or reference data changed."
    PING = "PING", "Somebody asked for a test."
    EVENTS_EXPIRED = (
        "EVENTS_EXPIRED",
        "Events were not told before they were no longer kept: load the current state again.",
    )


class WebhookStatus(Described):
    """How far the delivery of a webhook has come."""

    PENDING = "PENDING", "Waits to be sent, or to be tried again."
    DELIVERED = "DELIVERED", "The receiver has answered with a status of success."
    FAILED = "FAILED", "It was given up; its reason says why."
