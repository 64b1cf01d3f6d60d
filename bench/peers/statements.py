"""Answers as JSON, built by PostgreSQL: each statement gives the whole body of a response."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ORDER = """json_build_object(
    'number', o.number, 'status', o.status, 'queueStatus', o.queue_status,
    'backOrderStatus', o.back_order_status, 'orderedAt', o.ordered_at,
    'lines', json_build_object('nodes', (
        SELECT json_agg(json_build_object(
            'requested', l.requested, 'allocated', l.allocated, 'shipped', l.shipped,
            'cancelled', l.cancelled, 'sku', json_build_object('code', sku.code, 'name', sku.name)
        ) ORDER BY l.line_number)
        FROM order_lines AS l JOIN skus AS sku ON sku.client_id = l.client_id AND sku.id = l.sku_id
        WHERE l.client_id = o.client_id AND l.order_id = o.id)))"""

FIRST_PAGE = "infinity|0"
"""The cursor that the first page comes after."""

STATEMENTS: Mapping[str, str] = MappingProxyType(
    {
        # A page of 50 orders after a cursor: the order time and the id of the last order seen.
        "page": f"""
            SELECT json_build_object('data', json_build_object('orders', json_build_object(
                'nodes', json_agg({_ORDER} ORDER BY o.place) FILTER (WHERE o.place <= 50),
                'pageInfo', json_build_object(
                    'hasNextPage', count(*) > 50,
                    'endCursor', max(o.ordered_at || '|' || o.id) FILTER (WHERE o.place = 50)))))
            FROM (
                SELECT *, row_number() OVER (ORDER BY ordered_at DESC, id) AS place FROM (
                    SELECT * FROM orders
                    WHERE client_id = 1 AND ordered_at <= split_part($1, '|', 1)::timestamptz
                      AND (ordered_at < split_part($1, '|', 1)::timestamptz
                           OR id > split_part($1, '|', 2)::bigint)
                    ORDER BY ordered_at DESC, id LIMIT 51) AS page
            ) AS o
        """,  # noqa: S608
        "order": f"""
            SELECT json_build_object('data', json_build_object('order', {_ORDER}))
            FROM orders AS o WHERE o.client_id = 1 AND o.id = $1
        """,  # noqa: S608
    }
)
