"""Whether the books of a SKU's stock agree, and which of them is right where they don't (F8).

Three books tell of one level: the level itself, the ledger whose movements it should be the sum of, and
the dispatches that hold what is allocated.

*On hand* is what people counted and work with: the level is right, and the ledger is posted an entry that
makes up the difference.

*Allocated* is a sum of dispatches, each of which exists: what open dispatches hold is right, and level and
ledger follow.

Should dispatches hold more than is on hand, on hand is raised to it, because a level is never oversold and
a held unit has been set aside on a shelf; a count says the same of it. Available then is 0, so the next count
and not the next order finds out.
"""

from typing import NamedTuple


class Books(NamedTuple):
    """What each book tells of one SKU in one pool, in units."""

    on_hand: int
    allocated: int
    ledger_on_hand: int
    ledger_allocated: int
    held: int
    """What dispatches hold that are neither shipped nor cancelled."""


class Drift(NamedTuple):
    """A field whose recorded value is not what other records say it should be."""

    field: str
    recorded: int
    derived: int


class Repair(NamedTuple):
    """The level as it should be, and the entry that makes the ledger agree."""

    on_hand: int
    allocated: int
    on_hand_change: int
    allocated_change: int


def drifts(books: Books) -> list[Drift]:
    """Where the level differs from the ledger or from what dispatches hold."""
    compared = (
        Drift("onHand", books.on_hand, books.ledger_on_hand),
        Drift("allocated", books.allocated, books.ledger_allocated),
        Drift("dispatched", books.allocated, books.held),
    )
    return [drift for drift in compared if drift.recorded != drift.derived]


def repair(books: Books) -> Repair:
    """The level and ledger entry after which nothing drifts; see the module's docstring."""
    on_hand = max(books.on_hand, books.held)
    return Repair(
        on_hand=on_hand,
        allocated=books.held,
        on_hand_change=on_hand - books.ledger_on_hand,
        allocated_change=books.held - books.ledger_allocated,
    )
