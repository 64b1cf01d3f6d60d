"""The words of the field: every closed set of values the domain knows, with their meaning."""

from domain.rules.described import Described


class Role(Described):
    """What a token may do; it belongs to one client and sees nothing of another."""

    VIEWER = "VIEWER", "Reads."
    SCANNER = "SCANNER", "Reads and scans."
    OPERATOR = "OPERATOR", "Also changes orders."
    ADMIN = "ADMIN", "Also changes settings, schedules and tokens."
    SERVICE = "SERVICE", "Loads and cancels orders, for other programs."


class DistributionCenterKind(Described):
    """What sort of warehouse a distribution center is."""

    STANDARD = "STANDARD", "Keeps stock and ships it."
    DROPSHIP = "DROPSHIP", "A vendor's warehouse: the vendor ships to the customer."


class OrderStatus(Described):
    """How far an order has come."""

    CREATE = "CREATE", "Loaded and accepted; nothing has been dispatched."
    OC_CONFIRMED = "OC_CONFIRMED", "Confirmed; nothing has been dispatched."
    OC_REJECTED = "OC_REJECTED", "The order confirmation was refused; the order is not processed."
    COMMIT = "COMMIT", "At least one dispatch has been made and something is not yet shipped."
    PARTIALLY_CANCELLED = (
        "PARTIALLY_CANCELLED",
        "The back-order lines were cancelled, the dispatched ones stay.",
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


class DispatchKind(Described):
    """What made a dispatch."""

    PROCESSOR = "PROCESSOR", "A run of the Order Processor."
    DELIVERY_NOTE = "DELIVERY_NOTE", "Backlog SKUs applied to a delivery note."
    WAREHOUSE_PICK = "WAREHOUSE_PICK", "A Backorder that was filled, or a pick marked directly."


class DispatchStatus(Described):
    """How far a dispatch has come."""

    CREATED = "CREATED", "Stock is allocated to it; it can be picked."
    PACKED = "PACKED", "Picked and packed; it can be shipped."
    SHIPPED = "SHIPPED", "It has left the warehouse for good."
    CANCELLED = "CANCELLED", "Its stock has been given back."


class BackorderStatus(Described):
    """How far a Backorder (the warehouse document) has been filled."""

    OPEN = "OPEN", "Nothing is filled yet."
    PARTIALLY_FILLED = "PARTIALLY_FILLED", "Some is filled; the rest waits."
    COMPLETED = "COMPLETED", "All is filled; it is listed as an inventory pick."
    CANCELLED = "CANCELLED", "Nothing more will be filled."


class WarehousePickPolicy(Described):
    """What a warehouse pick takes of a line that is only partly in stock (E2)."""

    WHOLE_LINE = "WHOLE_LINE", "Nothing: the whole line goes on the Backorder."
    FILL_WHAT_IS_THERE = "FILL_WHAT_IS_THERE", "What is in stock; the rest goes on the Backorder."


class Weekday(Described):
    """A day of the week, in UTC."""

    MONDAY = "MONDAY", "The first day of the week."
    TUESDAY = "TUESDAY", "The second."
    WEDNESDAY = "WEDNESDAY", "The third."
    THURSDAY = "THURSDAY", "The fourth."
    FRIDAY = "FRIDAY", "The fifth."
    SATURDAY = "SATURDAY", "The sixth."
    SUNDAY = "SUNDAY", "The seventh."


class RunStatus(Described):
    """How far a run of the Order Processor has come."""

    SCHEDULED = "SCHEDULED", "Its time has come or was asked for; no worker has begun."
    RUNNING = "RUNNING", "A worker is planning or applying it."
    COMPLETED = "COMPLETED", "Every queued order has been decided."
    FAILED = "FAILED", "It ended with an error; what it had applied stays applied."
    SKIPPED = "SKIPPED", "Another run of the pool made it unnecessary."


class BulkAction(Described):
    """What a bulk operation does to each order of its selection."""

    CREATE_BACKLOG_SKUS = "CREATE_BACKLOG_SKUS", "Creates a Backlog SKU for each order line."
    REVERT_BACKLOG_SKUS = "REVERT_BACKLOG_SKUS", "Deletes Backlog SKUs that are on no delivery note."
    CREATE_DELIVERY_NOTES = "CREATE_DELIVERY_NOTES", "Applies Backlog SKUs to delivery notes."
    CONFIRM = "CONFIRM", "Confirms the order."
    REJECT = "REJECT", "Rejects the order: it is not processed."
    UNCONFIRM = "UNCONFIRM", "Takes back the confirmation or rejection of the order."
    CANCEL = "CANCEL", "Cancels the order, or its back-order lines when it has a dispatch."
    DELAY = "DELAY", "Has the processor pass the order over until a date."
    SYNCHRONIZE = "SYNCHRONIZE", "Fetches the order's state from its marketplace."
    DROPSHIP = "DROPSHIP", "Has a vendor ship the back-ordered lines."


class BulkStatus(Described):
    """How far a bulk operation has come."""

    PENDING = "PENDING", "Recorded; no worker has begun."
    RUNNING = "RUNNING", "A worker is going through its orders."
    COMPLETED = "COMPLETED", "Every order of the selection has a result."
    FAILED = "FAILED", "It ended early with an error; the results so far stay."
    CANCELLED = "CANCELLED", "It was stopped; the results so far stay."


class Outcome(Described):
    """What became of one order or one scan among many."""

    SUCCEEDED = "SUCCEEDED", "Done."
    SKIPPED = "SKIPPED", "Not eligible, or nothing was left to do; its code says why."
    FAILED = "FAILED", "Refused or broken; nothing of it was changed."


class ShipmentPolicyKind(Described):
    """Into how many dispatches the processor may divide an order."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING", "One dispatch with everything."
    AS_AVAILABLE = "AS_AVAILABLE", "As many dispatches as it takes."
    UP_TO = "UP_TO", "At most a set number of dispatches; the last one waits for everything left."


class PolicyScope(Described):
    """What a shipment policy is set for (B8)."""

    CLIENT = "CLIENT", "The client: its setting, for distribution centers that have no policy of their own."
    DISTRIBUTION_CENTER = "DISTRIBUTION_CENTER", "One distribution center of the client."
    SUPPOSED = "SUPPOSED", "Nothing: a dry run supposed it."


class AllocationReason(Described):
    """Why a line got what it got in a run (F1)."""

    ALLOCATED = "ALLOCATED", "The line was given stock."
    RETURNED_HOLD_NOT_EXPIRED = (
        "RETURNED_HOLD_NOT_EXPIRED",
        "There was stock for the line but not for the whole order, whose hold time has not expired.",
    )
    RETURNED_SINGLE_SKU_PARTIAL = (
        "RETURNED_SINGLE_SKU_PARTIAL",
        "The order is of one SKU, and there was not enough for all of it.",
    )
    RETURNED_LINE_PARTIAL = (
        "RETURNED_LINE_PARTIAL",
        "There was some stock but not enough for the whole line, and lines are not split.",
    )
    NOTHING_AVAILABLE = "NOTHING_AVAILABLE", "The SKU had no available stock when the run began."
    WAITING_FOR_REMAINDER = (
        "WAITING_FOR_REMAINDER",
        "There was stock for the line, but the next dispatch is the last one and waits for everything left.",
    )
    DELAYED = "DELAYED", "The order is delayed to a date that has not come."
    SERVED_BEFORE_BY_OTHERS = (
        "SERVED_BEFORE_BY_OTHERS",
        "There was stock when the run began, and lines with a better rank have taken all of it.",
    )
    KEPT_FOR_LINKED_ORDERS = (
        "KEPT_FOR_LINKED_ORDERS",
        "All stock there was had been received for other orders, on purchase-order lines linked to them.",
    )
    CHANGED_DURING_RUN = (
        "CHANGED_DURING_RUN",
        "The order changed between planning and applying, so this run left it in the queue.",
    )
    STOCK_TAKEN_DURING_RUN = (
        "STOCK_TAKEN_DURING_RUN",
        "The stock was taken by somebody else between planning and applying.",
    )
    NOT_ON_PROCESSOR_ROUTE = (
        "NOT_ON_PROCESSOR_ROUTE",
        "The Order Processor does not serve this line: its route is another one.",
    )


class PlanEffect(Described):
    """What a plan changes for a line (F2)."""

    GAINED = "GAINED", "The line would have more units than otherwise."
    LOST = "LOST", "The line would have fewer units than otherwise."
    UNCHANGED = "UNCHANGED", "The line would have as many units as otherwise."


class ConfirmationStrategy(Described):
    """What a reallocation does to the orders of a segment (F3), in the order of their turns."""

    WIN = "WIN", "Keeps what it has and gets all it wants; where that can't be, it gains."
    GAIN = "GAIN", "Keeps what it has and gets more if possible."
    IMPROVE = (
        "IMPROVE",
        "Gets more if possible, and keeps what it has unless that goes to orders that win or gain.",
    )
    REDISTRIBUTE = "REDISTRIBUTE", "Gives up what it has and is served anew, in the order of its segment."
    FILL = "FILL", "Gets nothing more, and keeps what nobody served before it has taken."
    LOSE = "LOSE", "Gives up all it has."
    SKIP = "SKIP", "Is left as it is."


class SegmentSort(Described):
    """Which orders of a segment come first (F3); among equals, those with the better rank."""

    RANK = "RANK", "Those with the better rank: priority, then order time, then id."
    OLDEST_FIRST = "OLDEST_FIRST", "The oldest, whatever their priority."
    NEWEST_FIRST = "NEWEST_FIRST", "The newest, whatever their priority."
    SMALLEST_FIRST = "SMALLEST_FIRST", "Those that want the fewest units: it completes the most orders."
    LARGEST_FIRST = "LARGEST_FIRST", "Those that want the most units."


class UnmetWin(Described):
    """What becomes of a reallocation in which orders that are to win can't have all they want (F3)."""

    STOP = "STOP", "It can be looked at but not applied."
    CONTINUE = "CONTINUE", "It can be applied; these orders keep what they have and gain what they can."


class ReallocationReason(Described):
    """Why a line ends a reallocation with what it ends with (F3)."""

    COMPLETE = "COMPLETE", "It has all it wants."
    NOT_ENOUGH_LEFT = "NOT_ENOUGH_LEFT", "At its turn there was not enough left for more of it."
    HOLD_NOT_EXPIRED = (
        "HOLD_NOT_EXPIRED",
        "There was more for the line but not for the whole order, whose hold time has not expired.",
    )
    SINGLE_SKU_PARTIAL = (
        "SINGLE_SKU_PARTIAL",
        "The order is of one SKU, and there was not enough for all of it.",
    )
    WAITING_FOR_REMAINDER = (
        "WAITING_FOR_REMAINDER",
        "There was more of it, but its order's dispatch is the last one and waits for all that is left.",
    )
    DELAYED = "DELAYED", "The order is delayed to a date that has not come, and gains nothing until then."
    NOT_CONFIRMED = "NOT_CONFIRMED", "The order is not confirmed, and gains nothing until it is."
    NOT_TO_GAIN = "NOT_TO_GAIN", "It keeps what it has; its segment gains nothing."
    TAKEN_BY_OTHERS = "TAKEN_BY_OTHERS", "Orders whose turn was before took what it had."
    GIVEN_BACK_WITH_ORDER = (
        "GIVEN_BACK_WITH_ORDER",
        "Its order lost another line, and what was left of it may not be shipped alone (B5-B8).",
    )
    GIVEN_UP = "GIVEN_UP", "Its segment gives up all it has."
    PINNED = "PINNED", "It is pinned, so it keeps what it has, though its segment gives up all."
    LEFT_ALONE = "LEFT_ALONE", "Its segment is left as it is."


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


class ScanAction(Described):
    """What a scan does to what it finds."""

    RECEIVE = "RECEIVE", "Books goods of a purchase order into stock."
    FILL = "FILL", "Fills an item of a Backorder."
    PACK = "PACK", "Packs a dispatch."
    SHIP = "SHIP", "Ships a dispatch."
    COUNT = "COUNT", "Sets the counted quantity on hand."


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
    PROMISE_CHANGED = "PROMISE_CHANGED", "The order is promised another date, or none any more."


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
