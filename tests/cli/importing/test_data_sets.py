"""The two public data sets become orders as docs/data-sets.md says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.importing.data_sets import northwind_data, online_retail_data
from cli.importing.entries import UnreadableFileError
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.operations.set_up import NewSku, StockCount


def test_a_basket_keeps_its_goods_and_leaves_out_charges(tmp_path: Path) -> None:
    file = tmp_path / "baskets.csv"
    file.write_text("85123A,POST,71053,85123a\nPOST,BANK CHARGES,gift_0001_20\nDCGS0076\n")
    data = online_retail_data(file, on_hand=30)
    assert [entry.value for entry in data.orders] == [
        SalesOrder(
            number="OR-000001",
            distribution_center_code="ONLINE-RETAIL",
            ordered_at=datetime(2010, 12, 1, 8, 1, tzinfo=UTC),
            lines=(
                SalesOrderLine(sku_code="85123A", quantity=2),
                SalesOrderLine(sku_code="71053", quantity=1),
            ),
        ),
        SalesOrder(
            number="OR-000003",
            distribution_center_code="ONLINE-RETAIL",
            ordered_at=datetime(2010, 12, 1, 8, 3, tzinfo=UTC),
            lines=(SalesOrderLine(sku_code="DCGS0076", quantity=1),),
        ),
    ]
    assert data.skus == [NewSku(code=code, name=code) for code in ("71053", "85123A", "DCGS0076")]
    assert {count.on_hand for count in data.stock} == {30}


def test_northwind_becomes_orders_of_one_distribution_center(tmp_path: Path) -> None:
    files = {
        "products": "product_id,product_name,units_in_stock,units_on_order\n7,Dried Pears,15,40\n",
        "customers": "customer_id,company_name\nVINET,Vins et alcools\n",
        "shippers": "shipper_id,company_name\n3,Federal Shipping\n",
        "orders": "order_id,customer_id,order_date,ship_via\n10248,VINET,1996-07-04,3\n",
        "order_details": "order_id,product_id,unit_price,quantity\n10248,7,30,12\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    data = northwind_data(tmp_path)
    assert data.skus == [NewSku(code="NW-07", name="Dried Pears")]
    assert data.stock == [StockCount(sku_code="NW-07", distribution_center_code="NORTHWIND", on_hand=15)]
    assert [entry.value for entry in data.orders] == [
        SalesOrder(
            number="10248",
            distribution_center_code="NORTHWIND",
            store_code="VINET",
            ordered_at=datetime(1996, 7, 4, tzinfo=UTC),
            shipping_agency="Federal Shipping",
            lines=(SalesOrderLine(sku_code="NW-07", quantity=12),),
        )
    ]


def test_a_folder_without_the_files_says_which_one_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"products\.csv can't be read"):
        northwind_data(tmp_path)
