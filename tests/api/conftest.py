"""What API tests start from: two clients, each with its shop and its callers; or a running application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from redis.asyncio import Redis

from api.app import create_app
from api.realtime.feed import Feed
from api.realtime.groups import Groups
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from tests.api.graphql_client import GraphQLClient
from tests.api.transport.serving import Server, server_of
from tests.builders import MAIN, Shop
from tests.relaying import relaying


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


@pytest.fixture
async def server(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[Server]:
    """The running application."""
    async with server_of(create_app(settings, database=database, redis=redis), settings, database) as running:
        yield running


@pytest.fixture
async def relay(database: Database, redis: Redis) -> AsyncIterator[None]:
    """The relay that a worker runs beside the application."""
    async with relaying(database, redis):
        yield


@pytest.fixture
async def shop(server: Server) -> Shop:
    """The shop of the client whose token the server knows."""
    opened = Shop(server.database, server.client.id)
    await opened.distribution_center(MAIN)
    return opened
