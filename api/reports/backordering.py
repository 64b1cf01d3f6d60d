"""GET /reports/backordering.csv and .xlsx: the Backordering report for whoever has a token (B12)."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import date
from http import HTTPStatus
from types import MappingProxyType
from typing import IO

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.context import Context
from api.reports.formats import CsvWriter, XlsxWriter
from api.transport.admission import admitted
from api.transport.refusals import HttpRefusal, bad_request, unavailable
from api.transport.service import Service
from domain.rules.refusals import Refusal
from domain.store.event_log import DATABASE_ERRORS
from domain.views.back_order_report import ReportFilter, filter_by_codes, whole_report

log = structlog.get_logger()

ROUTE = "/reports/backordering.{format}"

_FORMATS: Mapping[str, type[CsvWriter | XlsxWriter]] = MappingProxyType(
    {"csv": CsvWriter, "xlsx": XlsxWriter}
)

HEADER: Mapping[str, str] = MappingProxyType(
    {
        "day": "Day (UTC)",
        "distribution_center_code": "Distribution center",
        "sku_code": "SKU",
        "sku_name": "Name",
        "back_ordered": "Back-ordered",
        "orders": "Orders",
        "lines": "Lines",
        "oldest_since": "Oldest since",
        "oldest_age_hours": "Age of the oldest (hours)",
        "demanded": "Demanded",
        "filled_at_once": "Filled at once",
        "share_filled_at_once": "Share filled at once",
        "incoming": "Incoming",
        "incoming_at": "Incoming from",
        "taken_at": "Taken at",
    }
)
"""The report's columns, and what they are headed."""

_AT_ONCE = 2
"""Reports under way in one process: each reads for long, and other requests want connections as well."""

_SECONDS = 900.0
"""A million rows take a minute as CSV and two as XLSX, and several times that on a machine that is busy."""

_CHUNK = 1 << 16


class BackorderingReports:
    """The pages under /reports/backordering."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def page(self, request: Request) -> Response:
        """The report under `from`, `until` (days), `distributionCenter` and `sku` (codes), all optional.

        It is written to a temporary file before the first byte leaves: whoever reads slowly keeps neither
        a connection nor a snapshot of the database, and what goes wrong is told by the status.
        """
        try:
            context = await admitted(self._service, request.scope)
            writer = _FORMATS.get(request.path_params["format"])
            if writer is None:
                raise HttpRefusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "The report comes as .csv and as .xlsx.")
            async with asyncio.timeout(_SECONDS), self._turns:
                file = await _written(request, context, writer)
        except HttpRefusal as refusal:
            return refusal.response()
        except Refusal as refusal:
            return HttpRefusal(HTTPStatus.BAD_REQUEST, refusal.code, refusal.message).response()
        except DATABASE_ERRORS as error:
            log.error("report.unavailable", error=repr(error))
            return unavailable("The report can't be made at the moment; try again.").response()
        name = f"backordering.{request.path_params['format']}"
        return StreamingResponse(
            _read(file),
            media_type=writer.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
                "Vary": "Authorization",
            },
        )


async def _written(request: Request, context: Context, kind: type[CsvWriter | XlsxWriter]) -> IO[bytes]:
    """The report in a temporary file, ready to be read."""
    asked = request.query_params
    report_filter = await filter_by_codes(
        context.reports,
        client_id=context.client_id,
        report_filter=ReportFilter(first_day=_day(asked, "from"), last_day=_day(asked, "until")),
        distribution_center=asked.get("distributionCenter"),
        sku=asked.get("sku"),
    )
    file = tempfile.TemporaryFile(prefix="backfill-report-")  # noqa: SIM115 - who sends it closes it
    try:
        writer = kind(file, title="Backordering", header=list(HEADER.values()))
        try:
            async for batch in whole_report(
                context.reports,
                client_id=context.client_id,
                report_filter=report_filter,
                now=context.now(),
                columns=list(HEADER),
            ):
                await asyncio.to_thread(writer.write, [tuple(row) for row in batch])
            await asyncio.to_thread(writer.close)
        finally:
            writer.clean_up()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{name} is a day such as 2026-03-31, not {text!r}.") from None
