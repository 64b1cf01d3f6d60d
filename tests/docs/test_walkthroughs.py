"""Every snippet of the walkthroughs and of the README, in order, on the real program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.demo.business import Business
from cli.demo.samples import Shop
from tests.docs.conftest import Program
from tests.docs.pages import Commands, Request, Subscription, steps

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "walkthroughs"

COUNT = Request(0, '{ orders(filter: { search: "SO-1001" }) { totalCount } }', "{}", None, True)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("walkthroughs"),  # on one worker, so that there is one program
]


RULES = {
    "README": "",
    "split-deliveries": "A1 A2 A3 A4 A5 A6 A7 A8 A9",
    "holding-and-processing": "B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 F1 F2",
    "marketplace-backlog": "C1 C2 C3 C4 C5",
    "back-order-workflow": "D1 D2 D3 D4 D5 D6 D7 D8 D9 F4 F9",
    "picking-backorders": "E1 E2 E3 E4 E5 F10",
}
"""The pages, and the rules that each one shows."""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.rule(rule) for rule in rules.split()])
        for page, rules in RULES.items()
    ],
)
async def test_whoever_follows_a_page_sees_what_it_shows(program: Program, page: str, tmp_path: Path) -> None:
    async with program.walker(code=page.upper(), folder=tmp_path) as walker:
        for step in steps(PAGES / f"{page}.md"):
            differences = await walker.take(step)
            assert not differences, f"{page}.md, line {step.line}:\n" + "\n".join(differences)


def test_every_page_is_followed_and_listed() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == RULES.keys()
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert all(f"({page}.md)" in index for page in RULES if page != "README")


@pytest.mark.rule("F5")
@pytest.mark.rule("F6")
async def test_the_first_steps_of_the_readme_work_on_the_demos_shop(program: Program, tmp_path: Path) -> None:
    query, load, watch = steps(ROOT / "README.md", section="First steps")
    assert isinstance(query, Commands)
    assert isinstance(load, Request)
    assert isinstance(watch, Subscription)
    async with program.walker(code="DEMO-SHOP", folder=tmp_path) as walker:
        async with walker.socket() as socket:
            await Business(socket, Shop(seed=1, series="01-0000")).open()
        assert (await walker.output_of(query)).startswith('{"data":{"backOrderList":{"totalCount":')
        assert await walker.take(watch) == []
        for _ in range(2):
            answer = await walker.ask(load)
            assert answer["data"]["loadSalesOrders"]["created"] == 1
        event: dict[str, Any] = {"order": {"number": None}}
        while event["order"]["number"] != "SO-1001":
            event = (await walker.next_event(watch.name))["data"]["orderChanged"]
        assert event["cause"] == "loadSalesOrders"
        assert await walker.ask(COUNT) == {"data": {"orders": {"totalCount": 1}}}
