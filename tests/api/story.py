"""A shop's story, in which every mutation of the API is called once at least, and does something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import build_schema

from api.ids import encode_id
from api.schema import schema
from tests.api.conftest import Tenant
from tests.builders import MAIN

MUTATIONS = build_schema(schema.as_str()).mutation_type


@dataclass
class Story:
    """A shop in which every mutation has something to do, in turn."""

    tenant: Tenant
    done: dict[str, list[str]] = field(default_factory=dict)
    told: dict[str, set[str]] = field(default_factory=dict)

    async def call(self, name: str, /, **arguments: Any) -> None:
        """Call the mutation; it must not be refused. What it wrote to the trail is kept under its name."""
        assert MUTATIONS is not None
        declared = {argument: MUTATIONS.fields[name].args[argument].type for argument in arguments}
        variables = ", ".join(f"${argument}: {type_}" for argument, type_ in declared.items())
        given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
        told = "scans { error { code message } }" if name == "applyScans" else ""
        words = f"({variables})" if variables else "", f"({given})" if given else ""
        document = f"mutation {words[0]} {{ {name}{words[1]} {{ userErrors {{ code message }} {told} }} }}"
        seen = await self.tenant.shop.value("SELECT coalesce(max(id), 0) FROM audit_entries")
        heard = await self.tenant.shop.value("SELECT coalesce(max(id), 0) FROM event_outbox")
        answer = await self.tenant.admin.data(document, **arguments)
        assert answer["userErrors"] == [], name
        assert all(scan["error"] is None for scan in answer.get("scans", [])), answer
        entries = await self.tenant.shop.rows(
            "SELECT actor, action, before, after FROM audit_entries WHERE id > $1 ORDER BY id", seen
        )
        assert {entry["actor"] for entry in entries} <= {"tester"}
        # What is new has no before, what is gone has no after; one of them tells what was done.
        assert all(entry["before"] or entry["after"] for entry in entries), name
        self.done.setdefault(name, []).extend(entry["action"] for entry in entries)
        events = await self.tenant.shop.rows("SELECT topic FROM event_outbox WHERE id > $1", heard)
        self.told.setdefault(name, set()).update(event["topic"] for event in events)

    async def id(self, kind: str, query: str, *arguments: object) -> str:
        """The global id of what the query finds."""
        return encode_id(kind, await self.tenant.shop.value(query, *arguments))

    async def order(self, number: str, /, **units: Any) -> str:
        return encode_id("Order", await self.tenant.shop.order(number, **units))

    async def line(self, number: str) -> str:
        return await self.id(
            "OrderLine",
            "SELECT min(line.id) FROM order_lines AS line JOIN orders AS o ON o.id = line.order_id "
            "WHERE o.number = $1",
            number,
        )

    async def dispatch(self, number: str) -> str:
        return await self.id(
            "Dispatch",
            "SELECT max(d.id) FROM dispatches AS d JOIN orders AS o ON o.id = d.order_id WHERE o.number = $1",
            number,
        )


async def set_up(story: Story) -> None:
    center = await story.id("DistributionCenter", "SELECT id FROM distribution_centers WHERE code = $1", MAIN)
    await story.call("upsertDistributionCenters", input=[{"code": MAIN, "name": "Renamed"}])
    await story.call("upsertStores", input=[{"code": "WEB", "name": "Web"}])
    await story.call(
        "upsertSkus", input=[{"code": code, "name": code} for code in ("TEA", "CUP", "POT", "JAR")]
    )
    at = {"distributionCenterCode": MAIN}
    await story.call("setStock", input=[{"skuCode": code, **at, "onHand": 100} for code in ("TEA", "CUP")])
    await story.call("updateClientSettings", input={"allowBacklogSkuRevert": True})
    await story.call("setShipmentPolicy", distributionCenter=center, policy={"kind": "AS_AVAILABLE"})
    await story.call("setProcessorSchedule", distributionCenter=center, cron="0 6 * * *")
    await story.call("setProcessorTimes", distributionCenter=center, times=[{"at": "07:00"}])
    await story.call("setProtectedQuantities", input=[{"skuCode": "TEA", **at, "units": 1}])
    await story.call("setBackOrderCaps", input=[{"skuCode": "CUP", **at, "units": 1000}])
    await story.call("setHoldRule", input={"hours": 3, "country": "NL"})
    await story.call("deleteHoldRule", id=await story.id("HoldRule", "SELECT max(id) FROM hold_rules"))
    store = await story.id("Store", "SELECT id FROM stores")
    await story.call("setStoreConnection", storeId=store, input={"kind": "FILE_DROP", "address": "web"})
    await story.call("synchronizeStores", storeIds=[store])
    loaded = {"number": "SO-W", **at, "storeCode": "WEB", "lines": [{"skuCode": "TEA", "quantity": 1}]}
    await story.call("loadSalesOrders", input=[loaded])
    order = await story.id("Order", "SELECT id FROM orders WHERE number = 'SO-W'")
    await story.call("synchronizeOrders", orderIds=[order])
    await story.call("updateMarketplaceStatus", input=[{"orderNumber": "SO-W", "invoiceCode": "I-1"}])
    await story.call("removeStoreConnection", storeId=store)


async def edit_orders(story: Story) -> None:
    order = await story.order("SO-1", TEA=2, CUP=2)
    await story.call("rejectOrder", id=order)
    await story.call("unconfirmOrder", id=order)
    await story.call("confirmOrder", id=order)
    await story.call("delayOrder", id=order, until="2030-01-01T00:00:00Z")
    await story.call("delayOrder", id=order, until=None)
    await story.call("changeOrderLine", lineId=await story.line("SO-1"), requested=3)
    await story.call("cancelOrderLine", lineId=await story.line("SO-1"), quantity=1)
    await story.call("addOrderLines", orderId=order, lines=[{"skuCode": "JAR", "quantity": 1}])
    await story.call("splitOrder", orderId=order, lineIds=[await story.line("SO-1")], newNumber="SO-1B")
    await story.call("setBackOrderMark", orderIds=[order], mark="BACK_ORDER")
    await story.call("printOrder", orderId=order, createBackorder=False)
    for number in ("SO-2", "SO-3"):
        await story.order(number, TEA=1)
    await story.call("loadSalesOrderCancel", salesOrderNumber="SO-2")
    await story.call("loadSalesOrderCancellations", salesOrderNumbers=["SO-3"])


async def deliver(story: Story) -> None:
    order = await story.order("SO-4", TEA=2)
    await story.call("confirmOrder", id=order)
    await story.call("createBacklogSkus", orderId=order)
    await story.call("revertBacklogSkus", orderId=order)
    await story.call("createBacklogSkus", orderId=order)
    backlog_sku = encode_id(
        "BacklogSku", int(await story.tenant.shop.value("SELECT min(line_id) FROM backlog_skus"))
    )
    await story.call("setBacklogSkuDates", input=[{"backlogSkuId": backlog_sku, "expectedOn": "2030-01-01"}])
    await story.call("createDeliveryNotes", items=[{"backlogSkuId": backlog_sku, "quantity": 1}])
    await story.call("loadDispatchCancellation", dispatchId=await story.dispatch("SO-4"), reasonCode="LOST")
    await story.order("SO-5", TEA=1, POT=5)
    await story.call("markWarehousePick", lineIds=[await story.line("SO-5")])
    dispatch = await story.dispatch("SO-5")
    await story.call("packDispatch", id=dispatch)
    await story.call("shipDispatch", id=dispatch)
    pot = await story.id(
        "OrderLine",
        "SELECT max(line.id) FROM order_lines AS line JOIN orders AS o ON o.id = line.order_id "
        "WHERE o.number = 'SO-5'",
    )
    await story.call("markWarehousePick", lineIds=[pot])
    await story.tenant.shop.stock(POT=5)
    await story.call("fillBackorder", id=await story.id("Backorder", "SELECT max(id) FROM backorders"))


async def buy(story: Story) -> None:
    lines = [{"skuCode": "JAR", "quantity": 9}]
    await story.call(
        "createPurchaseOrder", input={"number": "PO-1", "distributionCenterCode": MAIN, "lines": lines}
    )
    ordered = await story.id("PurchaseOrder", "SELECT max(id) FROM purchase_orders")
    line = await story.id("PurchaseOrderLine", "SELECT max(id) FROM purchase_order_lines")
    await story.order("SO-6", JAR=2)
    await story.call("linkPurchaseOrderLine", id=line, orderLineId=await story.line("SO-6"))
    await story.call("reschedulePurchaseOrderLine", id=line, expectedAt="2030-01-01T00:00:00Z")
    await story.call("changePurchaseOrderLine", id=line, quantity=8)
    received = [{"purchaseOrderLineId": line, "quantity": 2}]
    await story.call("receivePurchaseOrder", id=ordered, lines=received)
    await story.call("cancelPurchaseOrderLine", id=line)
    await story.order("SO-7", JAR=50)
    await story.call("dropshipOrderLine", lineId=await story.line("SO-7"), vendor="Vendor")
    scan = {
        "key": "scan-1",
        "action": "COUNT",
        "code": "TEA",
        "quantity": 90,
        "scannedAt": "2026-03-02T08:00:00Z",
    }
    await story.tenant.shop.sku("TEA", barcode="TEA")
    await story.call("applyScans", scans=[{**scan, "distributionCenterCode": MAIN}])


async def process(story: Story) -> None:
    center = await story.id("DistributionCenter", "SELECT id FROM distribution_centers WHERE code = $1", MAIN)
    await story.order("SO-8", TEA=1)
    await story.call("planAllocation", distributionCenter=center)
    plan = await story.id("AllocationPlan", "SELECT max(id) FROM allocation_plans")
    await story.call("applyAllocationPlan", planId=plan)
    await story.call("runOrderProcessor", distributionCenter=center)
    await story.call("startBulkOperation", action="CONFIRM", selection={"filter": {"filter": {}}})
    bulk = await story.id("BulkOperation", "SELECT max(id) FROM bulk_operations")
    await story.call("cancelBulkOperation", id=bulk)
    await story.tenant.shop.write("UPDATE stock_levels SET on_hand = on_hand + 1")
    await story.call("repairInventory")
    await story.call("recomputeBackOrders", distributionCenter=center)


async def reallocate(story: Story) -> None:
    center = await story.id("DistributionCenter", "SELECT id FROM distribution_centers WHERE code = $1", MAIN)
    segments = [{"name": "all", "strategy": "GAIN"}]
    await story.call("setReallocationVariant", input={"name": "usual", "segments": segments})
    variant = await story.id("ReallocationVariant", "SELECT max(id) FROM reallocation_variants")
    await story.order("SO-10", TEA=1)
    line = await story.line("SO-10")
    await story.call("pinOrderLine", lineId=line, reason="promised")
    await story.call("unpinOrderLine", lineId=line)
    await story.call("planReallocation", distributionCenter=center, variant=variant)
    plan = await story.id("ReallocationPlan", "SELECT max(id) FROM reallocation_plans")
    await story.call("applyReallocation", planId=plan)
    await story.call("deleteReallocationVariant", id=variant)


async def write_emails(story: Story) -> None:
    await story.call("saveEmailTemplate", name="Gone", subject="Gone", body="Gone")
    template = await story.id("EmailTemplate", "SELECT max(id) FROM email_templates")
    await story.call("assignEmailTemplate", event="CANCELLED", templateId=template)
    await story.tenant.shop.order("SO-9", TEA=1)
    await story.tenant.shop.write("UPDATE orders SET email = 'buyer@example.com' WHERE number = 'SO-9'")
    await story.tenant.shop.cancel("SO-9")
    await story.tenant.shop.write(
        "UPDATE email_deliveries SET status = 'FAILED', reason = 'No', attempts = 1"
    )
    delivery = await story.id("EmailDelivery", "SELECT max(id) FROM email_deliveries")
    await story.call("retryEmailDelivery", id=delivery)
    await story.call("assignEmailTemplate", event="CANCELLED", templateId=None)
    await story.call("deleteEmailTemplate", id=template)


async def call_other_systems(story: Story) -> None:
    endpoint = {"name": "ERP", "url": "https://erp.example/hooks", "events": ["ORDER_CHANGED"]}
    await story.call("saveWebhookEndpoint", input=endpoint)
    id_ = await story.id("WebhookEndpoint", "SELECT max(id) FROM webhook_endpoints")
    await story.call("pingWebhookEndpoint", id=id_)
    await story.tenant.shop.write(
        "UPDATE webhook_deliveries SET event = 'ORDER_CHANGED', status = 'FAILED', reason = 'No'"
    )
    delivery = await story.id("WebhookDelivery", "SELECT max(id) FROM webhook_deliveries")
    await story.call("redeliverWebhook", id=delivery)
    await story.call("rotateWebhookSecret", id=id_)
    await story.call("deleteWebhookEndpoint", id=id_)


async def give_access(story: Story) -> None:
    await story.call("createApiToken", role="SCANNER", label="scanner")
    await story.call("revokeApiToken", id=await story.id("ApiToken", "SELECT max(id) FROM api_tokens"))


CHAPTERS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    *(set_up, edit_orders, deliver, buy, process, reallocate, write_emails, call_other_systems),
    give_access,
)


async def told_to_the_end(tenant: Tenant) -> Story:
    """The story in which every mutation was called."""
    story = Story(tenant)
    for chapter in CHAPTERS:
        await chapter(story)
    return story
