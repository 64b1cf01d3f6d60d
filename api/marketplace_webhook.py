"""Where marketplaces push orders and statuses to: `POST /webhooks/marketplace/{store code}` (C5).

A message is signed as Standard Webhooks says, which proves who sent it and when. It is kept at once and
applied by a worker; sent again, it is answered in the same way and nothing is done.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.transport.body import read_body
from api.transport.refusals import HttpRefusal, bad_request, json_response, unavailable
from domain.operations.marketplace_messages import UnreadableMessageError
from domain.operations.synchronizations import LARGEST_MESSAGE, UnknownSenderError, receive_message
from domain.ports import Jobs
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS

_TOO_LARGE = f"A message has at most {LARGEST_MESSAGE // 1024} KiB: send fewer rows at a time."


class MarketplaceWebhook:
    """The endpoint of every store's marketplace."""

    def __init__(self, *, database: Database, jobs: Jobs | None) -> None:
        self._database = database
        self._jobs = jobs

    async def receive(self, request: Request) -> Response:
        """202 for a message that is kept, or was before; 401 for one that is not signed as it should be."""
        try:
            body = await read_body(
                request.scope, request.receive, largest=LARGEST_MESSAGE, too_large=_TOO_LARGE
            )
            waiting = await receive_message(
                database=self._database,
                store_code=request.path_params["store"],
                headers=request.headers,
                body=body,
                now=datetime.now(UTC),
            )
        except UnknownSenderError:
            # Nobody is told which stores there are.
            refusal = HttpRefusal(
                HTTPStatus.UNAUTHORIZED,
                "UNAUTHENTICATED",
                "The message is not signed with this store's secret, or its time is too far from ours.",
                headers={"WWW-Authenticate": 'Signature realm="Backfill"'},
            )
            return refusal.response()
        except UnreadableMessageError as error:
            return bad_request(str(error)).response()
        except HttpRefusal as refusal:
            return refusal.response()
        except ClientDisconnect:
            # Nobody is there to read it.
            return Response()
        except DATABASE_ERRORS:
            return unavailable("The message was not kept; send it again.").response()
        if waiting is not None and self._jobs is not None:
            await self._jobs.synchronize(
                client_id=waiting.client_id, synchronization_id=waiting.synchronization_id
            )
        return json_response({"received": True, "again": waiting is None}, HTTPStatus.ACCEPTED)
