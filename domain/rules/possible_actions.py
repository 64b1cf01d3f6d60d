"""What can be done to an order now, as the Backlog Orders dashboard offers it (C1)."""

from domain.rules import eligibility
from domain.rules.described import Described
from domain.rules.investigation import Evidence, investigate
from domain.rules.vocabulary import BulkAction


class OrderAction(Described):
    """Something that can be done to an order."""

    INVESTIGATE = "INVESTIGATE", "Something is wrong with it: `investigateOrder` says what and what to do."
    SYNCHRONIZE = "SYNCHRONIZE", "Its state can be fetched from its marketplace."
    CONFIRM = "CONFIRM", "It can be confirmed."
    REJECT = "REJECT", "It can be rejected."
    UNCONFIRM = "UNCONFIRM", "Its confirmation or rejection can be taken back."
    CREATE_BACKLOG_SKUS = "CREATE_BACKLOG_SKUS", "It can be set aside for split delivery."
    REVERT_BACKLOG_SKUS = "REVERT_BACKLOG_SKUS", "Its Backlog SKUs can be deleted."
    CREATE_DELIVERY_NOTES = (
        "CREATE_DELIVERY_NOTES",
        "Backlog SKUs of it can be applied to a delivery note, as far as there is stock.",
    )
    DELAY = "DELAY", "The processor can be made to pass it over until a date."
    DROPSHIP = "DROPSHIP", "What of it is back-ordered can be left to a vendor."
    CANCEL = "CANCEL", "It, or what is back-ordered of it, can be cancelled."


_OF_AN_ORDER = (
    BulkAction.SYNCHRONIZE,
    BulkAction.CONFIRM,
    BulkAction.REJECT,
    BulkAction.UNCONFIRM,
    BulkAction.CREATE_BACKLOG_SKUS,
    BulkAction.REVERT_BACKLOG_SKUS,
    BulkAction.CREATE_DELIVERY_NOTES,
    BulkAction.DELAY,
    BulkAction.DROPSHIP,
    BulkAction.CANCEL,
)


def possible_actions(*, facts: eligibility.Facts, evidence: Evidence) -> list[OrderAction]:
    """The actions that would not be refused, by the very rule that refuses them.

    Whether there is stock for a delivery note, and until when an order would be delayed, is looked at when
    it is done.
    """
    possible = [OrderAction.INVESTIGATE] if investigate(evidence) else []
    assumed = facts._replace(deliverable=True, delayed_alike=False)
    return possible + [
        OrderAction(action) for action in _OF_AN_ORDER if eligibility.refusal(action, assumed) is None
    ]
