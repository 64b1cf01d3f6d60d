"""Customers with addresses, templates, and what the delivery log says."""

from __future__ import annotations

from domain.operations.email_templates import (
    assign_email_template,
    save_email_template,
)
from domain.rules.vocabulary import EmailEvent
from tests.builders import MAIN, NOW, Shop

BODY = """Order {{ order.number }} of {{ client }}:
{% for line in order.lines %}
- {{ line.requested }} {{ line.name }}, {{ line.back_ordered }} to come
{% endfor %}
"""


async def template(shop: Shop, *events: EmailEvent, subject: str = "", body: str = BODY) -> int:
    """A template that is sent for these events; its id."""
    saved = await save_email_template(
        shop.command(),
        template_id=None,
        name=f"For {' and '.join(events)}",
        subject=subject or f"{events[0]} {{{{ order.number }}}}",
        body=body,
    )
    assert saved.template_id is not None
    for event in events:
        await assign_email_template(shop.command(), event=event, template_id=saved.template_id)
    return saved.template_id


async def order(shop: Shop, number: str, email: str | None = "ann@home.example", **units: int) -> int:
    """An order whose customer has this address."""
    order_id = await shop.order(number, MAIN, now=NOW, priority=0, **units)
    await shop.write("UPDATE orders SET email = $1 WHERE id = $2", email, order_id)
    return order_id


async def log(shop: Shop) -> list[tuple[object, ...]]:
    """The delivery log."""
    return await shop.tuples(
        "SELECT event, order_id, status, attempts, reason FROM email_deliveries ORDER BY id"
    )
