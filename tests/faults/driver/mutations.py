"""The mutations that users send: what each takes, and what of its answer stays the same for ever.

An idempotent retry is answered from what was stored, and what the answer then shows of an order's state is
its state now: so only ids, numbers and codes are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """A mutation's field, and a document with a variable per argument; `keyed` ones have $key beside."""

    field: str
    document: str
    keyed: bool = True


def _mutation(field: str, answer: str, /, **types: str) -> Mutation:
    declared = "".join(f", ${name}: {type_}" for name, type_ in types.items())
    passed = "".join(f", {name}: ${name}" for name in types)
    return Mutation(
        field,
        f"mutation($key: String!{declared}) {{ {field}(idempotencyKey: $key{passed}) "
        f"{{ {answer} userErrors {{ code }} }} }}",
    )


CENTERS = _mutation("upsertDistributionCenters", "count", input="[DistributionCenterInput!]!")
MAKE_SKUS = _mutation("upsertSkus", "count", input="[SkuInput!]!")
SETTINGS = _mutation("updateClientSettings", "client { code }", input="ClientSettingsInput!")
LOAD = _mutation("loadSalesOrders", "created orders { number }", input="[SalesOrderInput!]!")
CANCEL = _mutation("loadSalesOrderCancellations", "orders { number }", salesOrderNumbers="[String!]!")
COUNT = _mutation("setStock", "count", input="[StockInput!]!")
BUY = _mutation("createPurchaseOrder", "purchaseOrder { id lines { id } }", input="PurchaseOrderInput!")
RECEIVE = _mutation("receivePurchaseOrder", "purchaseOrder { id }", id="ID!", lines="[ReceiptLineInput!]!")
RUN = _mutation("runOrderProcessor", "run { id }", distributionCenter="ID!")
SCHEDULE = _mutation(
    "setProcessorSchedule", "schedule { id }", distributionCenter="ID!", cron="String!", enabled="Boolean!"
)
PACK = _mutation("packDispatch", "dispatch { id }", id="ID!")
SHIP = _mutation("shipDispatch", "dispatch { id }", id="ID!")
CANCEL_DISPATCH = _mutation(
    "loadDispatchCancellation", "dispatch { id }", dispatchId="ID!", reasonCode="String!", requeue="Boolean!"
)
CONFIRM = _mutation("confirmOrder", "order { id }", id="ID!")
BACKLOG = _mutation("createBacklogSkus", "order { id }", orderId="ID!")
DELIVER = _mutation("createDeliveryNotes", "dispatches { id }", items="[BacklogSkuQuantityInput!]!")
BULK = _mutation(
    "startBulkOperation", "bulkOperation { id total }", action="BulkAction!", selection="OrderSelection!"
)
PICK = _mutation(
    "markWarehousePick",
    "dispatch { id } backorder { id }",
    lineIds="[ID!]!",
    linePolicy="WarehousePickPolicy!",
)
FILL = _mutation("fillBackorder", "backorder { id } dispatch { id }", id="ID!")
SCAN = Mutation(
    "applyScans",
    "mutation($scans: [ScanInput!]!) { applyScans(scans: $scans) "
    "{ scans { key error { code } } userErrors { code } } }",
    keyed=False,  # every scan has a key of its own
)
