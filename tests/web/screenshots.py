"""`make screenshots`: the pictures of the pages in docs/images, taken of a shop that is set up for them."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from PIL import Image
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from cli.embedded.servers import databases
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.cli.running import TOKEN, environment, serving
from tests.web.browsing import Size, browsing, tab
from tests.web.scanner_pictures import take_of_scanner
from tests.web.shop import Shop

IMAGES = Path(__file__).parents[2] / "docs/images"
_DAYS = 29
_SHORT = {"10-01": 70, "12-01": 45, "16-01": 30, "20-03": 18}

_PAST = """
WITH days AS (
    SELECT (now() AT TIME ZONE 'UTC')::date - n AS day FROM generate_series(1, $1) AS n
), closed AS (
    INSERT INTO back_order_closings (client_id, day, taken_at)
    SELECT client.id, day, (day + 1)::timestamp AT TIME ZONE 'UTC' FROM clients AS client, days
    ON CONFLICT DO NOTHING
)
INSERT INTO back_order_days (client_id, day, distribution_center_id, sku_id, back_ordered, orders, lines,
    oldest_since, demanded, filled_at_once, incoming, incoming_at)
SELECT client_id, (now() AT TIME ZONE 'UTC')::date - $2::int, dc.id, sku.id,
    $5::int, ($5::int + 2) / 3, ($5::int + 2) / 3,
    CASE WHEN $5::int > 0 THEN now() - make_interval(days => $2::int + 3) END, $6, $7, 0, NULL
FROM distribution_centers AS dc JOIN skus AS sku USING (client_id)
WHERE dc.code = $3 AND sku.code = $4
"""


async def _past(database: Database) -> None:
    """A month in the report, with more and more missing until a delivery comes."""
    random = Random(11)  # noqa: S311 -- pictures
    async with database.transaction_across_clients() as transaction:
        for ago in range(1, _DAYS + 1):
            for sku, most in _SHORT.items():
                wave = 0.35 + 0.65 * ((_DAYS - ago) % 11) / 10
                missing = int(most * wave * random.uniform(0.8, 1.1))
                demanded = random.randint(40, 90)
                filled = max(0, demanded - missing // 2 - random.randint(0, 12))
                await transaction.sql.execute(_PAST, _DAYS, ago, "BER", sku, missing, demanded, filled)


async def _present(shop: Shop) -> None:
    """Orders of every kind: waiting, dispatched, cancelled, invoiced, and more on their way in."""
    for center in ("BER", "LYS"):
        await shop.stock(center, {"14-02": 60, "18-01": 80, "20-03": 3, "16-01": 2, "10-01": 4})
    await shop.orders(1, "BER", {"20-03": 5, "14-02": 1, "18-01": 4}, minutes_ago=900, priority=10)
    await shop.orders(3, "BER", {"16-01": 2, "18-01": 2}, minutes_ago=700)
    await shop.orders(4, "BER", {"12-01": 2, "14-02": 1}, minutes_ago=640)
    await shop.orders(3, "BER", {"10-01": 2, "18-01": 1, "20-03": 2}, minutes_ago=500)
    await shop.orders(3, "LYS", {"12-01": 1, "18-01": 3}, minutes_ago=400, storeCode="MKT")
    await shop.buy("PO-7001", "BER", "10-01", 4, days=9)
    await shop.buy("PO-7002", "BER", "12-01", 30, days=12)
    await shop.buy("PO-7003", "LYS", "12-01", 2, days=5)
    for center in ("BER", "LYS"):
        await shop.run(center)
    marketplace = {"storeCode": "MKT", "shippingAgency": "DHL"}
    for number, (status, codes) in enumerate(
        [
            ("PAYMENT_VERIFIED", {}),
            ("READY_TO_PROCESS", {"salesOrderCode": "S-5501", "invoiceCode": "INV-5501"}),
            ("WAITING_FOR_PICKUP", {}),
            ("CANCELLED", {"salesOrderCode": "S-5502"}),
            ("ACCEPTED", {"salesOrderCode": "S-5503", "invoiceCode": "INV-5503"}),
        ]
        * 3
    ):
        await shop.orders(
            1,
            "BER",
            {"14-02": 1},
            minutes_ago=200 - number,
            marketplaceStatus=status,
            marketplaceInvoiceNumber=f"MP-{88210 + number}",
            **marketplace,
            **codes,
        )
    await shop.orders(5, "BER", {"16-01": 1}, minutes_ago=45, shippingAgency="GLS")
    for center in ("BER", "LYS"):
        await shop.schedule(center, "0 6,10,14,18,22 * * *")
    await shop.stock("BER", {"16-01": 9})


async def _order(page: Page) -> None:
    await page.get_by_role("button", name="Why is this still waiting?").first.click()
    await page.locator(".why").wait_for()


async def _select(page: Page) -> None:
    await page.get_by_label("Select all on this page").check()
    await page.get_by_role("button", name="Preview").click()
    await page.get_by_role("dialog").locator(".figures").wait_for()


async def _bulk(page: Page) -> None:
    await _select(page)
    await page.get_by_role("dialog").get_by_role("button", name="Start for").click()
    await expect(page.locator(".results tbody tr").first).to_be_visible()


async def _plan(page: Page) -> None:
    await page.get_by_role("button", name="Add a receipt").click()
    await page.get_by_label("SKU").fill("12-01")
    await page.get_by_label("Quantity").fill("6")
    await page.get_by_role("button", name="Plan", exact=True).click()
    await page.locator("tr[data-effect]").first.wait_for()


async def _nothing(page: Page) -> None:
    """The page as it opens."""


async def _examples(page: Page) -> None:
    await page.get_by_role("button", name="Show Examples").click()
    await page.get_by_role("button", name="The Back Order List, with why each line waits").click()
    await page.get_by_role("button", name="Execute query").click()
    await page.locator(".graphiql-response", has_text="totalCount").wait_for()


_PICTURES: list[tuple[str, str, Callable[[Page], Awaitable[None]], dict[str, str]]] = [
    ("board-back-orders", "/", _nothing, {}),
    ("board-back-orders-dark", "/", _nothing, {"scheme": "dark"}),
    ("board-back-orders-phone", "/", _nothing, {"size": "phone"}),
    ("board-back-orders-ja", "/", _nothing, {"locale": "ja-JP"}),
    ("board-order", "/board/orders/SO-0011", _order, {}),
    ("board-order-phone", "/board/orders/SO-0011", _order, {"size": "phone"}),
    ("board-schedule", "/board/schedule", _nothing, {}),
    ("board-report", "/board/report", _nothing, {}),
    ("board-dry-run", "/board/dry-run", _plan, {}),
    ("board-backlog", "/board/backlog", _nothing, {}),
    ("board-backlog-phone", "/board/backlog", _nothing, {"size": "phone", "scheme": "dark"}),
    ("board-preview", "/board/backlog", _select, {}),
    ("board-bulk", "/board/backlog?condition=NOT_YET_PROCESSED", _bulk, {}),
]


async def _take(browser: Browser, base: str) -> None:
    for name, path, prepare, how in _PICTURES:
        size: Size = "phone" if how.get("size") == "phone" else "desktop"
        async with tab(
            browser,
            base,
            token=TOKEN,
            size=size,
            scheme="dark" if how.get("scheme") == "dark" else "light",
            locale=how.get("locale", "en-GB"),
        ) as opened:
            await opened.open(path)
            await opened.page.wait_for_load_state("networkidle")
            await prepare(opened.page)
            # What has just changed is marked for a moment.
            await opened.page.wait_for_timeout(1800)
            await opened.page.screenshot(path=IMAGES / f"{name}.png")
            print(f"docs/images/{name}.png")  # noqa: T201 -- what a command says
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.page.goto(f"{base}/graphiql")
        await _examples(opened.page)
        await opened.page.wait_for_timeout(500)
        await opened.page.screenshot(path=IMAGES / "graphiql.png")
        print("docs/images/graphiql.png")  # noqa: T201 -- what a command says


def _lighten(image: Path) -> None:
    """Keep a picture in 192 colours: a third of its size, and no difference to see."""
    with Image.open(image) as picture:
        light = picture.convert("RGB").quantize(192, dither=Image.Dither.NONE)
    light.save(image, optimize=True)


async def _check_japanese() -> None:
    """Raise LookupError where Japanese would be boxes: Debian's fonts-noto-cjk has its letters."""
    asked = await asyncio.create_subprocess_exec("fc-list", ":lang=ja", stdout=PIPE)
    fonts, _ = await asked.communicate()
    if not fonts:
        raise LookupError("There is no font with Japanese letters: install one, such as fonts-noto-cjk.")


async def main() -> None:
    """Set up a shop on databases of its own, and take every picture."""
    await _check_japanese()
    with tempfile.TemporaryDirectory(prefix="backfill-pictures-") as folder:
        told = Settings(
            data_dir=Path(folder), database_url=None, redis_url=None, bootstrap_token=SecretStr(TOKEN)
        )
        with databases(told, redis=True) as settings:
            database = await Database.open(settings.postgresql_url())
            await migrate(database)
            shell = environment(settings, embedded=False)
            async with serving(env=shell) as served:
                shop = Shop(served)
                await shop.set_up()
                await _past(database)
                await _present(shop)
                base = str(served.api.base_url).rstrip("/")
                async with browsing() as browser:
                    await _take(browser, base)
                await take_of_scanner(shop, base, shell, IMAGES)
            await database.close()
    for image in IMAGES.glob("*.png"):
        _lighten(image)


if __name__ == "__main__":
    asyncio.run(main())
