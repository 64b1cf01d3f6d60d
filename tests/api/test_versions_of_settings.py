"""Edits of what a client has set up take the version that their author has seen (F6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.email_templates import save_email_template
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F6")]

ERRORS = "userErrors { code path currentVersion }"
CENTER, STORE = encode_id("DistributionCenter", 1), encode_id("Store", 1)
TEMPLATES = (encode_id("EmailTemplate", 1), encode_id("EmailTemplate", 2), encode_id("EmailTemplate", 3))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of what is set up: how it is edited with `$value` and `$seen`, and where its version is read."""

    edit: str
    values: tuple[Any, Any, Any]
    version: str
    at: tuple[str | int, ...]
    first: int
    path: tuple[str, ...] = ("expectedVersion",)


KINDS = {
    "settings": Kind(
        "($value: Int, $seen: Int) { edited: updateClientSettings(input: {holdHours: $value}, "
        f"expectedVersion: $seen) {{ {ERRORS} }} }}",
        (1, 2, 3),
        "{ client { settings { version } } }",
        ("settings", "version"),
        1,
    ),
    "shipment policy": Kind(
        "($value: Int, $seen: Int) { edited: setShipmentPolicy(distributionCenter: "
        f'"{CENTER}", policy: {{kind: UP_TO, maxDispatches: $value}}, expectedVersion: $seen) '
        f"{{ {ERRORS} }} }}",
        (1, 2, 3),
        "{ distributionCenters { shipmentPolicyVersion } }",
        (0, "shipmentPolicyVersion"),
        0,
    ),
    "schedule": Kind(
        "($value: String!, $seen: Int) { edited: setProcessorSchedule(distributionCenter: "
        f'"{CENTER}", cron: $value, expectedVersion: $seen) {{ {ERRORS} }} }}',
        ("0 6 * * *", "0 7 * * *", "0 8 * * *"),
        "{ processorSchedules { version } }",
        (0, "version"),
        0,
    ),
    "schedule by times": Kind(
        "($value: String!, $seen: Int) { edited: setProcessorTimes(distributionCenter: "
        f'"{CENTER}", times: [{{at: $value}}], expectedVersion: $seen) {{ {ERRORS} }} }}',
        ("06:00", "07:00", "08:00"),
        "{ processorSchedules { version } }",
        (0, "version"),
        0,
    ),
    "hold rule": Kind(
        '($value: Int!, $seen: Int) { edited: setHoldRule(input: {country: "NL", hours: $value}, '
        f"expectedVersion: $seen) {{ {ERRORS} }} }}",
        (1, 2, 3),
        "{ holdRules { version } }",
        (0, "version"),
        0,
    ),
    "cap": Kind(
        '($value: Int!, $seen: Int) { edited: setBackOrderCaps(input: [{skuCode: "TEA", '
        f'distributionCenterCode: "{MAIN}", units: $value, expectedVersion: $seen}}]) {{ {ERRORS} }} }}',
        (1, 2, 3),
        "{ backOrderCaps { nodes { version } } }",
        ("nodes", 0, "version"),
        0,
        ("input", "0", "expectedVersion"),
    ),
    "connection of a store": Kind(
        f'($value: Int, $seen: Int) {{ edited: setStoreConnection(storeId: "{STORE}", input: {{kind: '
        'FILE_DROP, address: "web", intervalSeconds: $value}, expectedVersion: $seen) '
        f"{{ {ERRORS} }} }}",
        (60, 120, 180),
        "{ storeConnections { version } }",
        (0, "version"),
        0,
    ),
    "assignment of a template": Kind(
        "($value: ID, $seen: Int) { edited: assignEmailTemplate(event: SHIPPED, templateId: $value, "
        f"expectedVersion: $seen) {{ {ERRORS} }} }}",
        TEMPLATES,
        "{ emailAssignments { version } }",
        (0, "version"),
        0,
    ),
    "protected quantity": Kind(
        '($value: Int!, $seen: Int) { edited: setProtectedQuantities(input: [{skuCode: "TEA", '
        f'distributionCenterCode: "{MAIN}", units: $value, expectedUnits: $seen}}]) {{ {ERRORS} }} }}',
        (1, 2, 3),
        '{ stockLevels(skuCodes: ["TEA"]) { protected } }',
        (0, "protected"),
        0,
        ("input", "0", "expectedUnits"),
    ),
}


async def set_up(tenant: Tenant) -> None:
    """Everything that is named by code or id in an edit is there."""
    await tenant.shop.stock(TEA=0)
    await tenant.shop.store("WEB")
    for name in TEMPLATES:
        await save_email_template(
            tenant.shop.command(), template_id=None, name=name, subject="Wait", body="Wait"
        )


async def version(tenant: Tenant, kind: Kind) -> int:
    """The version of it now, 0 when there is none."""
    found: Any = await tenant.admin.data(kind.version)
    for step in kind.at:
        if found == []:
            return 0
        found = found[step]
    assert isinstance(found, int)
    return found


async def edit(tenant: Tenant, kind: Kind, value: Any, seen: int | None) -> list[Mapping[str, Any]]:
    """Why the edit was refused; nothing when it was done."""
    edited: Any = await tenant.admin.data(f"mutation {kind.edit}", value=value, seen=seen)
    refused: list[Mapping[str, Any]] = edited["userErrors"]
    return refused


@pytest.mark.parametrize("name", KINDS)
async def test_an_edit_of_what_its_author_has_not_seen_is_refused_and_changes_nothing(
    tenant: Tenant, name: str
) -> None:
    kind = KINDS[name]
    await set_up(tenant)
    assert await version(tenant, kind) == kind.first
    first, second, third = kind.values

    assert await edit(tenant, kind, first, kind.first) == []
    seen = await version(tenant, kind)
    assert seen > kind.first
    assert await edit(tenant, kind, second, seen) == []
    current = await version(tenant, kind)
    assert current > seen

    conflict = {"code": "VERSION_CONFLICT", "path": list(kind.path), "currentVersion": current}
    assert await edit(tenant, kind, third, seen) == [conflict]
    assert await version(tenant, kind) == current
    assert await edit(tenant, kind, third, None) == []


@pytest.mark.parametrize("name", [name for name in KINDS if name != "schedule by times"])
async def test_of_two_who_edit_what_they_both_have_seen_one_is_refused(tenant: Tenant, name: str) -> None:
    kind = KINDS[name]
    await set_up(tenant)

    answers = await asyncio.gather(*(edit(tenant, kind, value, kind.first) for value in kind.values))

    refused = [errors for errors in answers if errors]
    assert len(refused) == 2
    assert {errors[0]["code"] for errors in refused} == {"VERSION_CONFLICT"}
    assert {errors[0]["currentVersion"] for errors in refused} == {await version(tenant, kind)}


SAVE = """
mutation ($id: ID, $body: String!, $seen: Int) {
  saveEmailTemplate(id: $id, name: "Wait", subject: "Wait", body: $body, expectedVersion: $seen) {
    template { id version body } userErrors { code path currentVersion }
  }
}
"""
DELETE_TEMPLATE = """
mutation ($id: ID!, $seen: Int) {
  deleteEmailTemplate(id: $id, expectedVersion: $seen) { deletedId userErrors { code path currentVersion } }
}
"""


async def test_a_template_is_neither_replaced_nor_deleted_by_who_has_not_seen_it_as_it_is(
    tenant: Tenant,
) -> None:
    made = (await tenant.admin.data(SAVE, body="One."))["template"]
    saved = (await tenant.admin.data(SAVE, id=made["id"], body="Two.", seen=made["version"]))["template"]
    assert saved["version"] > made["version"]
    conflict = {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "currentVersion": saved["version"]}

    stale = {"id": made["id"], "seen": made["version"]}
    assert (await tenant.admin.data(SAVE, body="Three.", **stale))["userErrors"] == [conflict]
    assert (await tenant.admin.data(DELETE_TEMPLATE, **stale))["userErrors"] == [conflict]

    deleted = await tenant.admin.data(DELETE_TEMPLATE, id=made["id"], seen=saved["version"])
    assert deleted == {"deletedId": made["id"], "userErrors": []}


async def test_what_was_deleted_and_made_anew_never_has_a_version_again(tenant: Tenant) -> None:
    kind = KINDS["hold rule"]
    await edit(tenant, kind, 1, None)
    seen = await version(tenant, kind)
    delete = "mutation ($id: ID!, $seen: Int) { deleteHoldRule(id: $id, expectedVersion: $seen) { %s } }"
    (rule,) = await tenant.admin.data("{ holdRules { id } }")

    refused = await tenant.admin.data(delete % ERRORS, id=rule["id"], seen=seen + 1)
    assert refused["userErrors"][0]["code"] == "VERSION_CONFLICT"
    assert (await tenant.admin.data(delete % ERRORS, id=rule["id"], seen=seen))["userErrors"] == []
    assert (await edit(tenant, kind, 2, seen))[0]["currentVersion"] == 0
    await edit(tenant, kind, 2, 0)

    assert await version(tenant, kind) > seen
    assert (await edit(tenant, kind, 3, seen))[0]["code"] == "VERSION_CONFLICT"


async def test_a_key_that_was_used_without_a_version_is_another_request_with_one(tenant: Tenant) -> None:
    change = """
        mutation ($seen: Int) {
          updateClientSettings(input: {holdHours: 5}, expectedVersion: $seen, idempotencyKey: "k") {
            userErrors { code }
          }
        }
    """
    assert (await tenant.admin.data(change))["userErrors"] == []
    assert (await tenant.admin.data(change))["userErrors"] == []
    assert (await tenant.admin.data(change, seen=2))["userErrors"] == [{"code": "IDEMPOTENCY_KEY_REUSED"}]


async def test_who_has_not_seen_a_connection_as_it_is_does_not_remove_it(tenant: Tenant) -> None:
    kind = KINDS["connection of a store"]
    await set_up(tenant)
    await edit(tenant, kind, 60, 0)
    seen = await version(tenant, kind)
    remove = f'mutation ($seen: Int) {{ removeStoreConnection(storeId: "{STORE}", expectedVersion: $seen) '

    refused = await tenant.admin.data(remove + f"{{ {ERRORS} }} }}", seen=seen - 1)
    assert refused["userErrors"] == [
        {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "currentVersion": seen}
    ]
    assert await version(tenant, kind) == seen
    assert (await tenant.admin.data(remove + f"{{ {ERRORS} }} }}", seen=seen))["userErrors"] == []
    assert await version(tenant, kind) == 0


async def test_an_assignment_names_its_event_and_its_template(tenant: Tenant) -> None:
    await set_up(tenant)
    await edit(tenant, KINDS["assignment of a template"], TEMPLATES[1], 0)
    assert await tenant.admin.data("{ emailAssignments { event template { id } } }") == [
        {"event": "SHIPPED", "template": {"id": TEMPLATES[1]}}
    ]
