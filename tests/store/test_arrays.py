"""Arrays in text: what PostgreSQL reads is what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.store.arrays import moments, numbers, texts
from domain.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "elements",
    [
        [],
        [""],
        ["", ""],
        ["plain"],
        ["with space", " ", "a,b", "{a}", "{}", "NULL", "null"],
        ['say "so"', "\\", '\\"', "\\\\n", "a\nb\tc\rd", "'"],
        ['{"before": {"note": "a \\"quoted\\" word"}}', '","'],
        ["Müller", "東京", "🫖", "\x01\x7f\u2028"],
        [None],
        [None, "", 'a"b', None, "NULL", "\\"],
    ],
)
async def test_texts_are_read_as_they_were(database: Database, elements: list[str | None]) -> None:
    async with database.connection_across_clients() as sql:
        assert await sql.fetchval("SELECT $1::text::text[]", texts(elements)) == elements


@pytest.mark.parametrize("elements", [["a\0b"], ["a", "b\0"], [None, "\0"]])
async def test_a_text_with_a_nul_is_refused(database: Database, elements: list[str | None]) -> None:
    with pytest.raises(ValueError, match="NUL"):
        texts(elements)


async def test_numbers_truth_and_times_are_read_as_they_were(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        for whole in ([], [0], [1, None, -(2**63), 2**63 - 1]):
            assert await sql.fetchval("SELECT $1::text::bigint[]", numbers(whole)) == whole
        for truth in ([], [True, None, False]):
            assert await sql.fetchval("SELECT $1::text::bool[]", numbers(truth)) == truth
        for times in ([], [NOW, None, NOW, NOW + timedelta(days=1), datetime(1, 1, 1, tzinfo=UTC)]):
            assert await sql.fetchval("SELECT $1::text::timestamptz[]", moments(times)) == times
