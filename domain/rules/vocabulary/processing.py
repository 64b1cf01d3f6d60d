"""The Order Processor: when it runs, by which policy, and why a line gets what it gets."""

from domain.rules.described import Described


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
    COMPLETED = "COMPLETED", "Every queued order is decided, or what it was to apply is applied."
    FAILED = (
        "FAILED",
        "It ended with an error. What it had applied stays; of a plan it was to apply, nothing is.",
    )
    SKIPPED = "SKIPPED", "Another run of the pool made it unnecessary."


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
    NOT_CONFIRMED = "NOT_CONFIRMED", "The order is not confirmed, and no run takes it until it is."
    NOT_ON_PROCESSOR_ROUTE = (
        "NOT_ON_PROCESSOR_ROUTE",
        "The Order Processor does not serve this line: its route is another one.",
    )


class PlanEffect(Described):
    """What a plan changes for a line (F2)."""

    GAINED = "GAINED", "The line would have more units than otherwise."
    LOST = "LOST", "The line would have fewer units than otherwise."
    UNCHANGED = "UNCHANGED", "The line would have as many units as otherwise."
