"""A typed client of Backfill's GraphQL API.

    async with Backfill("https://backfill.example", token="bf_…") as backfill:
        answer = await backfill.orders(first=10)

Its methods and types (`backfill_client.generated`) are made from the schema and clients/operations.graphql;
retries, feeds that resume and paging are `backfill_client.client`.
"""

from backfill_client.client import (
    Backfill,
    CursorExpiredError,
    RefusedError,
    checked,
    every,
)

__all__ = ["Backfill", "CursorExpiredError", "RefusedError", "checked", "every"]
