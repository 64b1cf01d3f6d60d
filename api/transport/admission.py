"""Who may come in: requests become contexts of the authority whose token they carry."""

from __future__ import annotations

import asyncio

import structlog
from starlette.types import Scope

from api.auth import bearer_token
from api.context import Context
from api.oidc.keys import IssuerAwayError
from api.transport.headers import header
from api.transport.refusals import unauthenticated, unavailable
from api.transport.service import DATABASE_AWAY, ISSUER_AWAY, LOOKUP_SECONDS, Service
from domain.store.event_log import DATABASE_ERRORS

log = structlog.get_logger()


async def admitted(service: Service, scope: Scope) -> Context:
    """The context of the request's authority. Raises HttpRefusal (401, 503)."""
    request_id: str = scope["state"]["request_id"]
    client = scope.get("client")
    address = client[0] if client else "unknown"
    source = f"{address} {request_id}"
    token = bearer_token(header(scope, b"authorization"))
    known = service.authenticator.known(token, source=source) if token else None
    if known is not None:
        return service.context(known, request_id)
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            authority = await service.authenticator.authority(token, source=source)
    except IssuerAwayError:
        raise unavailable(ISSUER_AWAY) from None
    except DATABASE_ERRORS as error:
        log.error("http.not_authenticated", error=repr(error))
        raise unavailable(DATABASE_AWAY) from None
    if authority is None:
        raise unauthenticated()
    return service.context(authority, request_id)
