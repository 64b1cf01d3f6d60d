"""Reallocations: what becomes of segments, and why a line ends with what it ends with (F3)."""

from domain.rules.described import Described


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
