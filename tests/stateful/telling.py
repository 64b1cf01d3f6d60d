"""The reference model: what customers are told by e-mail, and what becomes of it (D7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.stateful.nouns import Order, require
from tests.stateful.world import World

OVER = ("CANCELLED", "PARTIALLY_CANCELLED")
MOST_ATTEMPTS = 77


@dataclass(eq=False, kw_only=True)
class Letter:
    """An e-mail of the delivery log; without a template it was of one that is deleted."""

    order: Order
    event: str
    template: str | None
    status: str
    due_at: datetime
    attempts: int = 0


class Telling(World):
    """Templates, what they are sent for, and the delivery log."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.templates: set[str] = set()
        self.assigned: dict[str, str] = {}
        """Templates by event."""
        self.letters: list[Letter] = []
        self.known: dict[Order, tuple[str, str, datetime | None]] = {}
        """Status, back order status and promise of each order when the last transaction was over."""

    def commit(self, now: datetime) -> None:
        """A transaction is over: whatever it changed is told once."""
        for order in self.orders:
            before = self.known.get(order, (None, "NONE", None))
            after = order.status, self.back_order_status(order), self.promised_at(order)
            waits = any(line.open for line in self.lines_of(order)) and order.status != "OC_REJECTED"
            if after[1] != "NONE" and before[1] == "NONE":
                self._tell("OUT_OF_STOCK", order, now)
            elif (
                order in self.known and waits and after[2] != before[2] and (after[2] or self.to_come(order))
            ):
                self._tell("PROMISE_CHANGED", order, now)
            if order.status in OVER and order.status != before[0]:
                self._tell("CANCELLED", order, now)
            self.known[order] = after
        for event, order in self.told:
            self._tell(event, order, now)
        self.told = []

    def to_come(self, order: Order) -> bool:
        """Whether something of the order is short, or with a vendor."""
        lines = [line for line in self.lines_of(order) if line.open]
        return any(line.route == "DROPSHIP" or (line.waits and self.short[line]) for line in lines)

    def _tell(self, event: str, order: Order, now: datetime) -> None:
        if event in self.assigned:
            status = "PENDING" if order.email else "SKIPPED"
            template = self.assigned[event]
            self.letters.append(
                Letter(order=order, event=event, template=template, status=status, due_at=now)
            )

    def save_template(self, name: str, *, new: bool) -> None:
        require(not new or name not in self.templates, "DUPLICATE")
        self.templates.add(name)

    def delete_template(self, name: str) -> None:
        self.templates.remove(name)
        self.assigned = {event: other for event, other in self.assigned.items() if other != name}
        for letter in self.letters:
            if letter.template == name:
                letter.template = None

    def assign(self, event: str, name: str | None) -> None:
        self.assigned.pop(event, None)
        if name is not None:
            self.assigned[event] = name

    def due(self, now: datetime) -> list[Letter]:
        return [letter for letter in self.letters if letter.status == "PENDING" and letter.due_at <= now]

    def send(self, now: datetime, answer: str) -> int:
        """Try whatever is due, while the mail server answers so; how many it has taken."""
        taken = 0
        for letter in self.due(now):
            letter.attempts += 1
            if letter.template is None:
                letter.status = "SKIPPED"
            elif answer == "taken":
                letter.status = "SENT"
                taken += 1
            elif answer == "refused" or letter.attempts == MOST_ATTEMPTS:
                letter.status = "FAILED"
            else:
                # Every wait is twice the one before, from half a minute to an hour.
                letter.due_at = now + min(timedelta(seconds=15 * 2**letter.attempts), timedelta(hours=1))
        return taken

    def retry(self, letter: Letter, now: datetime) -> None:
        require(letter.status != "SENT" and letter.order.email and letter.template, "NOTHING_TO_DO")
        letter.status, letter.attempts, letter.due_at = "PENDING", 0, now
