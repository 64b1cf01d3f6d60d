"""GET /print/…: sheets for the warehouse as PDF, for whoever has a token (E3)."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import Response

from api.printing.addresses import subject_at
from api.printing.sheets import pdf
from api.transport.admission import admitted
from api.transport.refusals import HttpRefusal, unavailable
from api.transport.service import DATABASE_AWAY, Service
from domain.store.event_log import DATABASE_ERRORS
from domain.views.prints import sheet

log = structlog.get_logger()


class Prints:
    """The pages under /print."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, request: Request) -> Response:
        """One sheet; 401 without a token, 404 when the token's client has no such thing."""
        try:
            return await self._print(request)
        except HttpRefusal as refusal:
            return refusal.response()

    async def _print(self, request: Request) -> Response:
        context = await admitted(self._service, request.scope)
        subject = subject_at(request.path_params["kind"], request.path_params["id"])
        if subject is None:
            raise _nothing_to_print()
        kind, subject_id = subject
        try:
            async with asyncio.timeout(self._service.time_limit.seconds):
                found = await sheet(
                    context.database, client_id=context.client_id, kind=kind, subject_id=subject_id
                )
        except DATABASE_ERRORS as error:
            log.error("print.unavailable", error=repr(error))
            raise unavailable(DATABASE_AWAY) from None
        if found is None:
            raise _nothing_to_print()
        # Laying a sheet out takes about a millisecond for each line, which other requests needn't wait for.
        content = await asyncio.to_thread(pdf, found, printed_at=context.now())
        name = quote(f"{kind}-{found.number}.pdf", safe="")
        return Response(
            content,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f"inline; filename*=UTF-8''{name}",
                "Cache-Control": "no-store",
                "Vary": "Authorization",
            },
        )


def _nothing_to_print() -> HttpRefusal:
    return HttpRefusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is nothing to print at this address.")
