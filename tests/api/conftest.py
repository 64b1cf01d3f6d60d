"""What API tests start from: two clients, each with its shop and its callers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from redis.asyncio import Redis

from api.realtime.feed import Feed
from api.realtime.groups import Groups
from domain.rules.vocabulary import Role
from domain.store.database import Database
from tests.api.graphql_client import GraphQLClient
from tests.builders import Shop


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client of the database: its shop, and who calls the API in its name."""

    shop: Shop
    admin: GraphQLClient

    def caller(self, role: Role) -> GraphQLClient:
        """A caller with another role."""
        return replace(self.admin, role=role)


async def _tenant(database: Database, redis: Redis, code: str) -> Tenant:
    shop = await Shop.open(database, code)
    groups = Groups(Feed(database=database, redis=redis))
    return Tenant(shop, GraphQLClient(database, groups, shop.client_id))


@pytest.fixture
async def tenant(database: Database, redis: Redis) -> Tenant:
    """A client called ACME."""
    return await _tenant(database, redis, "ACME")


@pytest.fixture
async def other_tenant(database: Database, redis: Redis) -> Tenant:
    """Another client, called OTHER."""
    return await _tenant(database, redis, "OTHER")


@pytest.fixture
async def shop_with_an_order(tenant: Tenant) -> Tenant:
    await tenant.shop.stock(TEA=5)
    await tenant.shop.order("SO-1", TEA=3)
    return tenant
