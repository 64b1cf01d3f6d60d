"""What other rows refer to by its id and people by its code: distribution centers, stores and SKUs."""

from __future__ import annotations

from domain.store.reads.columns import Column, Table


def _plain(alias: str, names: str) -> dict[str, Column]:
    return {name: Column(f"{alias}.{name}") for name in names.split()}


DISTRIBUTION_CENTERS = Table(
    source="distribution_centers AS dc",
    client="dc.client_id",
    columns=_plain("dc", "id code name kind")
    | {
        "shipment_policy_version": Column(
            "coalesce((SELECT own.version FROM shipment_policies AS own"
            " WHERE own.client_id = $1 AND own.distribution_center_id = dc.id), 0)"
        )
    },
    fields={"shipment_policy": ("id",)},
)
STORES = Table(source="stores AS st", client="st.client_id", columns=_plain("st", "id code name"))
SKUS = Table(
    source="skus AS sku",
    client="sku.client_id",
    columns=_plain("sku", "id code name barcode replacement_id"),
    fields={"replacement": ("replacement_id",)},
)
