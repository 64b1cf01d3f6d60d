"""Executing queries and mutations within a time limit, and what results look like on the wire."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult

from api.context import Context
from api.errors import INTERNAL, UNAVAILABLE
from api.transport.charging import THROTTLED, Charge
from api.transport.documents import Operation
from api.transport.request import GraphQLRequest
from api.transport.service import Service
from domain.tracing import is_on, span

log = structlog.get_logger()


async def execute(
    service: Service, asked: GraphQLRequest, operation: Operation, context: Context, *, transport: str
) -> ExecutionResult:
    """The result of a query or mutation, which is given up after `service.time_limit`."""
    if not is_on():
        return await _execute(service, asked, operation, context, transport=transport)
    with span(f"{operation.kind} {operation.name or ''}".rstrip()):
        return await _execute(service, asked, operation, context, transport=transport)


async def _execute(
    service: Service, asked: GraphQLRequest, operation: Operation, context: Context, *, transport: str
) -> ExecutionResult:
    began = time.perf_counter()
    try:
        charge = await charged(service, asked, operation, context)
    except GraphQLError as error:
        service.metrics.count(transport=transport, type_=operation.kind, outcome="refused")
        return refused(error)
    try:
        with service.time_limit.watched():
            result = await service.schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                operation_extensions=asked.extensions,
            )
    except TimeoutError:
        log.error("graphql.timeout", operation=operation.name, seconds=service.time_limit.seconds)
        result = refused(
            GraphQLError(
                f"The operation took more than {service.time_limit.seconds:g} seconds: ask for less at a "
                "time.",
                extensions={"code": UNAVAILABLE},
            )
        )
    if service.limits.show_cost:
        result.extensions = {**(result.extensions or {}), "cost": charge.extension()}
    service.metrics.took(type_=operation.kind, seconds=time.perf_counter() - began)
    outcome = "refused" if was_refused(result) else "errors" if result.errors else "ok"
    service.metrics.count(transport=transport, type_=operation.kind, outcome=outcome)
    return result


async def chosen_operation(service: Service, asked: GraphQLRequest, context: Context) -> Operation:
    """The operation that is to be executed; who sends a document that is not known pays for looking at it.

    Raises GraphQLError: THROTTLED, and what `Documents.chosen_operation` raises.
    """
    if points := service.documents.parsing(asked.query):
        await service.cashier.charge_parsing(context.authority, points)
    return service.documents.chosen_operation(asked.query, asked.operation_name)


async def charged(service: Service, asked: GraphQLRequest, operation: Operation, context: Context) -> Charge:
    """Charge the operation, and the validation of its document if that is still to be done.

    Raises GraphQLError: what `Cashier.charge` and `Documents.check_names` raise.
    """
    validated = service.schema.keeps(asked.query)
    charge = await service.cashier.charge(
        context.authority, operation, asked.variables, validating=not validated
    )
    if not validated:
        service.documents.check_names(asked.query)
    return charge


def refused(error: GraphQLError) -> ExecutionResult:
    """The result of an operation that isn't executed."""
    return ExecutionResult(data=None, errors=[error])


def was_refused(result: ExecutionResult) -> bool:
    """Whether nothing was executed, so that there is no data, not even null."""
    return (
        result.data is None
        and bool(result.errors)
        and all(error.path is None for error in result.errors or ())
    )


def body_of(result: ExecutionResult) -> dict[str, Any]:
    """The GraphQL response."""
    body: dict[str, Any] = {} if was_refused(result) else {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return body


def status_of(result: ExecutionResult) -> HTTPStatus:
    """The status that says of the operation what the body does, for application/graphql-response+json."""
    if result.data is not None or not result.errors:
        return HTTPStatus.OK
    codes = {(error.extensions or {}).get("code") for error in result.errors}
    if UNAVAILABLE in codes:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if INTERNAL in codes:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if THROTTLED in codes:
        return HTTPStatus.TOO_MANY_REQUESTS
    return HTTPStatus.BAD_REQUEST if was_refused(result) else HTTPStatus.OK


def retry_after(result: ExecutionResult) -> int | None:
    """Seconds after which the same operation may do, when it was refused only for now."""
    for error in result.errors or ():
        told = (error.extensions or {}).get("retryAfter")
        if isinstance(told, int):
            return told
    return None
