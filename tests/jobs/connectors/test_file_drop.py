"""Files dropped into a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.rules.vocabulary import ConnectorKind
from jobs.connectors.file_drop import FileDrop
from tests.builders import Shop
from tests.marketplace import (
    connected,
    last,
    results,
    synchronized,
)

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]


async def test_files_are_processed_once_in_order_and_moved_away(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "ACME" / "web"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text('{"orders": [{"number": "SO-1", "distributionCenterCode": "MAIN",'
                                   ' "lines": [{"skuCode": "TEA", "quantity": 1}]}]}')  # fmt: skip
    (folder / "2.json").write_text("half a fi")
    (folder / "3.json").write_text('{"statuses": [{"orderNumber": "SO-1", "invoiceCode": "I-1"}]}')
    (folder / "4.json").symlink_to("/etc/passwd")
    (folder / "5.json.part").write_text("{")
    store = await connected(shop, "WEB", kind=ConnectorKind.FILE_DROP, address="web", secret=None)
    for _ in range(2):
        await synchronized(shop, store, connector=FileDrop(root=tmp_path))

    assert await results(shop) == [
        ("ORDER", "SO-1", "SUCCEEDED", None),
        ("FILE", "2.json", "FAILED", "INVALID_INPUT"),
        ("STATUS", "SO-1", "SUCCEEDED", None),
        ("FILE", "4.json", "FAILED", "INVALID_INPUT"),
    ]
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    assert left == ["5.json.part", "done/1.json", "done/3.json", "failed/2.json", "failed/4.json"]


async def test_a_folder_that_is_not_there_is_a_failure_of_its_store(shop: Shop, tmp_path: Path) -> None:
    store = await connected(shop, "WEB", kind=ConnectorKind.FILE_DROP, address="web", secret=None)
    await synchronized(shop, store, connector=FileDrop(root=tmp_path))

    assert await last(shop) == ("PENDING", 1, "The folder could not be read: No such file or directory.")
