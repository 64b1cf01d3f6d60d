"""E-mail templates and the delivery log through the API (D7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.dispatches import ship_dispatch
from domain.operations.email_deliveries import send_due_emails
from domain.rules.vocabulary import Role
from jobs.mailing import Server, SmtpMailer
from tests.api.conftest import Tenant
from tests.builders import MAIN, NOW
from tests.mail_server import mail_server

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7")]

SAVE = """
mutation Save($id: ID, $name: String!, $subject: String!, $body: String!, $key: String) {
  saveEmailTemplate(id: $id, name: $name, subject: $subject, body: $body, idempotencyKey: $key) {
    template { id name subject body events } userErrors { code message path line }
  }
}
"""
ASSIGN = """
mutation Assign($event: EmailEvent!, $template: ID) {
  assignEmailTemplate(event: $event, templateId: $template) {
    template { name events } userErrors { code path }
  }
}
"""
DELETE = "mutation Delete($id: ID!) { deleteEmailTemplate(id: $id) { deletedId userErrors { code path } } }"
RETRY = """
mutation Retry($id: ID!) {
  retryEmailDelivery(id: $id) { delivery { status recipient attempts } userErrors { code path } }
}
"""
TEMPLATES = "{ emailTemplates { totalCount nodes { name events } } }"
LOG = """
query Log($filter: EmailDeliveryFilter, $first: Int, $after: String) {
  emailDeliveries(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id event status recipient subject body attempts reason sentAt nextAttemptAt
            order { number email } dispatch { number } template { name } }
  }
}
"""
PREVIEW = """
query Preview($subject: String!, $body: String!, $order: ID, $event: EmailEvent) {
  previewEmailTemplate(subject: $subject, body: $body, orderId: $order, event: $event) {
    subject body order { number }
  }
}
"""


async def saved(tenant: Tenant, name: str, subject: str = "{{ order.number }}", body: str = "Hello") -> Any:
    """The answer of saving a template."""
    return await tenant.admin.data(SAVE, name=name, subject=subject, body=body)


async def assigned(tenant: Tenant, event: str, **texts: str) -> str:
    """A new template that is sent for the event; its id."""
    template: str = (await saved(tenant, event.title(), **texts))["template"]["id"]
    await tenant.admin.data(ASSIGN, event=event, template=template)
    return template


async def order(tenant: Tenant, number: str, email: str | None, **units: int) -> int:
    """An order of a customer with this address."""
    order_id = await tenant.shop.order(number, MAIN, now=NOW, priority=0, **units)
    await tenant.shop.write("UPDATE orders SET email = $1 WHERE id = $2", email, order_id)
    return order_id


async def test_a_template_is_saved_assigned_changed_and_deleted(tenant: Tenant) -> None:
    answer = await saved(tenant, "Sorry")
    template = answer["template"]
    assert answer["userErrors"] == []
    assert (template["name"], template["events"]) == ("Sorry", [])

    for event in ("DELAYED", "CANCELLED"):
        answer = await tenant.admin.data(ASSIGN, event=event, template=template["id"])
    assert answer == {"template": {"name": "Sorry", "events": ["CANCELLED", "DELAYED"]}, "userErrors": []}
    answer = await tenant.admin.data(
        SAVE, id=template["id"], name="So sorry", subject="{{ client }}", body="Bye"
    )
    assert answer["template"] == {
        "id": template["id"],
        "name": "So sorry",
        "subject": "{{ client }}",
        "body": "Bye",
        "events": ["CANCELLED", "DELAYED"],
    }
    assert await tenant.admin.data(ASSIGN, event="DELAYED") == {"template": None, "userErrors": []}
    assert await tenant.admin.data(TEMPLATES) == {
        "totalCount": 1,
        "nodes": [{"name": "So sorry", "events": ["CANCELLED"]}],
    }
    assert await tenant.admin.data(DELETE, id=template["id"]) == {
        "deletedId": template["id"],
        "userErrors": [],
    }
    assert await tenant.admin.data(TEMPLATES) == {"totalCount": 0, "nodes": []}
    assert await tenant.shop.tuples(
        "SELECT action FROM audit_entries WHERE action ~ 'EMAIL' ORDER BY id"
    ) == [
        ("EMAIL_TEMPLATE_SAVED",),
        ("EMAIL_TEMPLATE_ASSIGNED",),
        ("EMAIL_TEMPLATE_ASSIGNED",),
        ("EMAIL_TEMPLATE_SAVED",),
        ("EMAIL_TEMPLATE_ASSIGNED",),
        ("EMAIL_TEMPLATE_DELETED",),
    ]


@pytest.mark.parametrize(
    ("texts", "path", "line"),
    [
        ({"subject": "{{ order.nummer }}"}, ["subject"], 1),
        ({"body": "Hello\n\n{{ ordre.number }}"}, ["body"], 3),
        ({"body": "{% for line in order.lines %}\n{{ line.sku }}\n"}, ["body"], 2),
        ({"body": "Hi\n{{ ''.__class__ }}"}, ["body"], 2),
        ({"body": ""}, ["body"], None),
        ({"subject": "x" * 501}, ["subject"], None),
        ({"name": ""}, ["name"], None),
    ],
)
async def test_a_template_that_does_not_render_is_refused_with_its_field_and_line(
    tenant: Tenant, texts: dict[str, str], path: list[str], line: int | None
) -> None:
    answer = await saved(tenant, **{"name": "Sorry", **texts})

    assert answer["template"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["path"], error["line"]) == ("INVALID_INPUT", path, line)
    assert await tenant.shop.value("SELECT count(*) FROM email_templates") == 0


async def test_two_templates_can_not_have_one_name_and_a_repeated_call_saves_once(tenant: Tenant) -> None:
    texts = {"name": "Sorry", "subject": "x", "body": "y"}
    first = await tenant.admin.data(SAVE, **texts, key="once")
    assert await tenant.admin.data(SAVE, **texts, key="once") == first

    (error,) = (await saved(tenant, "Sorry"))["userErrors"]

    assert (error["code"], error["path"]) == ("DUPLICATE", ["name"])
    assert await tenant.shop.value("SELECT count(*) FROM email_templates") == 1


async def test_a_preview_shows_a_given_order_the_newest_that_fits_or_a_made_up_one(tenant: Tenant) -> None:
    texts = {"subject": "{{ order.number }}\n at {{ client }}", "body": "{{ dispatch.number }}."}
    made_up = await tenant.admin.data(PREVIEW, **texts, event="SHIPPED")
    assert made_up == {"subject": "SO-1001 at Acme", "body": "D1-1.", "order": None}

    await tenant.shop.stock(TEA=1)
    shipped = await tenant.shop.order("SO-1", TEA=1)
    await tenant.shop.order("SO-2", MAIN, now=NOW + timedelta(hours=1), TEA=1)
    dispatch = await tenant.shop.dispatch(shipped, TEA=1)
    await ship_dispatch(tenant.shop.command(), dispatch_id=dispatch)

    newest = await tenant.admin.data(PREVIEW, **texts, event="SHIPPED")
    assert newest == {"subject": "SO-1 at Acme", "body": "D1-1.", "order": {"number": "SO-1"}}
    given = await tenant.admin.data(PREVIEW, **texts, order=encode_id("Order", 2))
    assert given == {"subject": "SO-2 at Acme", "body": ".", "order": {"number": "SO-2"}}


async def test_a_preview_that_does_not_render_says_where(tenant: Tenant) -> None:
    response = await tenant.admin.execute(PREVIEW, subject="x", body="\n{{ nothing }}")

    (error,) = response["errors"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "line": 2, "argumentPath": ["body"]}
    assert "nothing" in error["message"]


async def test_the_delivery_log_shows_what_was_sent_what_waits_and_why(tenant: Tenant) -> None:
    await assigned(tenant, "OUT_OF_STOCK", subject="{{ order.number }} waits", body="Sorry.\n")
    await assigned(tenant, "SHIPPED", subject="{{ dispatch.number }}")
    await tenant.shop.stock(TEA=3)
    first = await order(tenant, "SO-1", "ann@home.example", TEA=1)
    dispatch = await tenant.shop.dispatch(first, TEA=1)
    await order(tenant, "SO-2", "bob@home.example", TEA=1)
    await order(tenant, "SO-3", None, TEA=1)
    await tenant.shop.stock(TEA=1)
    await ship_dispatch(tenant.shop.command(), dispatch_id=dispatch)
    async with mail_server() as mail:
        mail.answers = ["451 Later"]
        server = Server(host="127.0.0.1", port=mail.port, tls=False, username=None, password=None)
        mailer = SmtpMailer(server, sender="orders@acme.example")
        shop = tenant.shop
        await shop.write(
            "UPDATE email_deliveries SET due_at = due_at + interval '1 h' WHERE event = 'SHIPPED'"
        )
        await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
        await send_due_emails(database=shop.database, mailer=mailer, now=NOW + timedelta(hours=2))

    log = await tenant.admin.data(LOG, first=2)
    assert (log["totalCount"], log["pageInfo"]["hasNextPage"]) == (3, True)
    shipped, skipped = log["nodes"]
    assert shipped["dispatch"] == {"number": "D1-1"}
    assert (shipped["event"], shipped["status"], shipped["subject"]) == ("SHIPPED", "SENT", "D1-1")
    assert (skipped["status"], skipped["attempts"], skipped["nextAttemptAt"]) == ("SKIPPED", 0, None)
    assert skipped["reason"] == "The order has no e-mail address."
    rest = await tenant.admin.data(LOG, after=log["pageInfo"]["endCursor"])
    (sent,) = rest["nodes"]
    assert sent == {
        "id": encode_id("EmailDelivery", 1),
        "event": "OUT_OF_STOCK",
        "status": "SENT",
        "recipient": "bob@home.example",
        "subject": "SO-2 waits",
        "body": "Sorry.\n",
        "attempts": 2,
        "reason": None,
        "sentAt": "2026-03-02T10:00:00Z",
        "nextAttemptAt": None,
        "order": {"number": "SO-2", "email": "bob@home.example"},
        "dispatch": None,
        "template": {"name": "Out_Of_Stock"},
    }
    only = await tenant.admin.data(LOG, filter={"status": ["SKIPPED"], "orderId": encode_id("Order", 3)})
    assert [node["order"]["number"] for node in only["nodes"]] == ["SO-3"]
    assert (await tenant.admin.data(LOG, filter={"event": ["DELAYED"]}))["totalCount"] == 0


async def test_a_skipped_e_mail_is_sent_again_to_the_address_the_order_has_now(tenant: Tenant) -> None:
    await assigned(tenant, "CANCELLED")
    order_id = await order(tenant, "SO-1", None, TEA=1)
    await tenant.shop.cancel("SO-1")
    await tenant.shop.write("UPDATE orders SET email = 'ann@home.example' WHERE id = $1", order_id)

    answer = await tenant.admin.data(RETRY, id=encode_id("EmailDelivery", 1))

    delivery = {"status": "PENDING", "recipient": "ann@home.example", "attempts": 0}
    assert answer == {"delivery": delivery, "userErrors": []}


async def test_only_admins_change_templates_and_only_operators_retry(tenant: Tenant) -> None:
    template = await assigned(tenant, "CANCELLED")
    await order(tenant, "SO-1", None, TEA=1)
    await tenant.shop.cancel("SO-1")
    operator, viewer = tenant.caller(Role.OPERATOR), tenant.caller(Role.VIEWER)

    answers = [
        await operator.data(SAVE, name="x", subject="x", body="x"),
        await operator.data(ASSIGN, event="CANCELLED"),
        await operator.data(DELETE, id=template),
        await viewer.data(RETRY, id=encode_id("EmailDelivery", 1)),
    ]

    assert [answer["userErrors"][0]["code"] for answer in answers] == ["FORBIDDEN"] * 4
    assert await viewer.data(TEMPLATES) == {
        "totalCount": 1,
        "nodes": [{"name": "Cancelled", "events": ["CANCELLED"]}],
    }


async def test_another_client_sees_and_changes_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    template = await assigned(tenant, "CANCELLED")
    await order(tenant, "SO-1", "ann@home.example", TEA=1)
    await tenant.shop.cancel("SO-1")
    stranger = other_tenant.admin

    answers = [
        await stranger.data(SAVE, id=template, name="x", subject="x", body="x"),
        await stranger.data(ASSIGN, event="CANCELLED", template=template),
        await stranger.data(DELETE, id=template),
        await stranger.data(RETRY, id=encode_id("EmailDelivery", 1)),
    ]
    preview = await stranger.execute(PREVIEW, subject="x", body="x", order=encode_id("Order", 1))

    assert [answer["userErrors"][0]["code"] for answer in answers] == ["NOT_FOUND"] * 4
    assert preview["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await stranger.data(TEMPLATES))["totalCount"] == 0
    assert (await stranger.data(LOG))["totalCount"] == 0
    assert await tenant.shop.value("SELECT count(*) FROM email_assignments") == 1
