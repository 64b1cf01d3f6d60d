"""The API as an ASGI application: where its parts are put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from api.auth import Authenticator, end_invalid_subscriptions
from api.errors import INTERNAL
from api.execution.schema import BreadthFirstSchema
from api.health import Readiness, alive
from api.marketplace_webhook import MarketplaceWebhook
from api.metrics import Metrics
from api.oidc.issuer import Issuer
from api.pages.built_pages import BuiltPages, documents_of_pages
from api.printing.addresses import ROUTE as PRINTS
from api.prints import Prints
from api.realtime.feed import Feed
from api.realtime.groups import Groups
from api.refusal_trail import RefusalTrail
from api.reports.backordering import ROUTE as REPORTS
from api.reports.backordering import BackorderingReports
from api.schema import schema as published_schema
from api.transport.application import Application
from api.transport.charging import Cashier
from api.transport.documents import Documents
from api.transport.envelope import Envelope
from api.transport.http import HttpEndpoint
from api.transport.limits import Limits
from api.transport.persisted import PersistedDocuments, document_id, read_documents
from api.transport.refusals import HttpRefusal, json_response
from api.transport.service import Service
from api.transport.shortcut import Shortcut
from api.transport.throttle import Throttle
from api.transport.time_limit import TimeLimit
from api.transport.traced import Traced
from api.transport.websocket import SocketEndpoint
from domain.ports import Jobs
from domain.settings import Settings
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS

log = structlog.get_logger()

_RETRY_SECONDS = 0.5


def create_app(
    settings: Settings,
    *,
    database: Database,
    redis: Redis,
    replica: Database | None = None,
    jobs: Jobs | None = None,
    schema: BreadthFirstSchema = published_schema,
    trusted: Iterable[str] = (),
) -> Starlette:
    """The application on an open database and Redis, which it leaves open.

    What a mutation commits for the background is handed to `jobs`, so that a worker takes it up at once.
    Reports are read from `replica`, if there is one. Documents of `trusted` are executed where only trusted
    ones are, beside those of the pages and of the settings.

    It starts, and says at /readyz what is missing, while the database is away or has no tables yet. Set
    `app.state.stopping` when the server is to stop: it ends event streams, for which a server would wait.
    `app.state.groups` are the subscribers, `app.state.issuer` is whose tokens are taken beside our own (None:
    nobody's), `app.state.cashier` counts what tokens hold open, and `app.state.metrics` is what is measured.
    """
    limits = Limits.of(settings)
    groups = Groups(Feed(database=database, redis=redis))
    issuer = Issuer.of(settings)
    refusals = RefusalTrail()
    service = Service(
        schema=schema,
        database=database,
        groups=groups,
        authenticator=Authenticator(database, issuer=issuer, refusals=refusals),
        metrics=Metrics(database=database, groups=groups),
        documents=Documents(schema._schema, limits),
        persisted=PersistedDocuments(
            {
                **{document_id(document): document for document in trusted},
                **documents_of_pages(),
                **(read_documents(settings.documents) if settings.documents else {}),
            },
            only_trusted=limits.trusted_documents_only,
        ),
        cashier=Cashier(limits, _throttle(redis, limits)),
        limits=limits,
        time_limit=TimeLimit(settings.request_seconds),
        refusals=refusals,
        replica=replica,
        jobs=jobs,
    )
    readiness = Readiness(
        database=database,
        redis=redis,
        following=service.following,
        first_start=settings.bootstrap_token is not None,
    )
    sockets = SocketEndpoint(service, allowed_origins=settings.allowed_origins)

    webhook = MarketplaceWebhook(database=database, jobs=jobs)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as background:
            tasks = [
                background.create_task(_follow_events(service)),
                background.create_task(end_invalid_subscriptions(database, groups, issuer=issuer)),
            ]
            if issuer is not None:
                tasks.append(background.create_task(issuer.keys.follow()))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
        await groups.feed.stop()

    graphql = HttpEndpoint(service)
    app = Application(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", sockets),
            Route("/webhooks/marketplace/{store}", webhook.receive, methods=["POST"]),
            Route("/healthz", alive),
            Route("/readyz", readiness.page),
            Route("/metrics", service.metrics.page),
            Route(PRINTS, Prints(service).page),
            Route(REPORTS, BackorderingReports(service).page),
            *BuiltPages(graphiql=settings.graphiql).routes(),
        ],
        around=[
            Middleware(Envelope),
            *_tracing(settings),
            *_cors(settings),
            Middleware(Shortcut, path="/graphql", endpoint=graphql),
        ],
        exception_handlers={HTTPException: _as_json, Exception: _as_our_mistake},
        lifespan=lifespan,
    )
    app.state.stopping = service.stopping
    app.state.groups = groups
    app.state.issuer = issuer
    app.state.cashier = service.cashier
    app.state.metrics = service.metrics
    return app


async def _follow_events(service: Service) -> None:
    """Start the feed, as soon as there is a database to start from."""
    told = False
    while not service.following.is_set():
        try:
            await service.groups.feed.start()
        except DATABASE_ERRORS as error:
            if not told:
                log.warning("app.events_not_followed", error=repr(error))
                told = True
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            service.following.set()


def _tracing(settings: Settings) -> list[Middleware]:
    return [] if settings.traces_url is None else [Middleware(Traced)]


def _throttle(redis: Redis, limits: Limits) -> Throttle | None:
    if not limits.cost_per_second:
        return None
    return Throttle(
        redis, per_second=limits.cost_per_second, burst=max(limits.cost_burst, limits.operation_cost)
    )


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    ]


async def _as_json(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return json_response(
        {"errors": [{"message": error.detail}]}, HTTPStatus(error.status_code), headers=error.headers
    )


async def _as_our_mistake(_request: Request, _error: Exception) -> Response:
    # The server logs what it was, after this.
    return HttpRefusal(
        HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL, "Something went wrong on our side."
    ).response()
