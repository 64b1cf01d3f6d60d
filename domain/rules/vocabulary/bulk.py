"""Bulk operations, and what became of one thing among many."""

from domain.rules.described import Described


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
