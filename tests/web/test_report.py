"""The Backordering report: charts that are tables too, and files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

# Labels that are not whole within the drawing.
_CUT_OFF = """(chart) => [...chart.querySelectorAll('text')].filter((text) => {
  const [inner, outer] = [text, chart].map((one) => one.getBoundingClientRect())
  return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom
}).map((text) => text.textContent)"""

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B12")]


@pytest.mark.parametrize("size", SIZES)
async def test_today_is_drawn_listed_and_downloaded(
    browser: Browser, base: str, shop: Shop, size: Size, tmp_path: Path
) -> None:
    (sku,) = await shop.goods(1)
    await shop.orders(2, "LYS", {sku: 500})
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        page = opened.page
        await opened.open("/board/report")
        await page.get_by_label("Distribution center").select_option(label="LYS · Lyon")
        chart = page.get_by_role("img", name="Back-ordered units at the end of each day")
        await expect(chart.locator("rect")).to_have_count(1)
        assert await chart.evaluate(_CUT_OFF) == []
        worst = page.locator(".worst li").first
        await expect(worst).to_contain_text(sku)
        await expect(worst).to_contain_text("1,000")
        await page.get_by_role("button", name="Show as a table").first.click()
        await expect(chart).to_have_count(0)

        async with page.expect_download() as csv:
            await page.get_by_role("button", name="Download CSV").click()
        text = await asyncio.to_thread((await (await csv.value).path()).read_text)
        assert (await csv.value).suggested_filename == "backordering.csv"
        assert f",LYS,{sku}," in text
        async with page.expect_download() as xlsx:
            await page.get_by_role("button", name="Download XLSX").click()
        saved = tmp_path / "report.xlsx"
        await (await xlsx.value).save_as(saved)
        sheet = openpyxl.load_workbook(saved).active
        assert sheet is not None
        assert sku in {row[2].value for row in sheet.iter_rows()}
    await shop.stock("LYS", {sku: 1000})
