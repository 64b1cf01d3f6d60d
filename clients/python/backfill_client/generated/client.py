from collections.abc import AsyncIterator
from typing import Any, Optional, Union

from .async_base_client import AsyncBaseClient
from .back_order_line_changed import BackOrderLineChanged
from .back_order_list import BackOrderList
from .base_model import UNSET, UnsetType
from .enums import OrderSort
from .event_cursor import EventCursor
from .input_types import (
    DistributionCenterInput,
    OrderFilter,
    SalesOrderInput,
    SkuInput,
    StockInput,
    WebhookEndpointInput,
)
from .load_sales_order_cancel import LoadSalesOrderCancel
from .load_sales_orders import LoadSalesOrders
from .me import Me
from .order import Order
from .order_changed import OrderChanged
from .orders import Orders
from .promise_changed import PromiseChanged
from .run_order_processor import RunOrderProcessor
from .sales_order_status import SalesOrderStatus
from .save_webhook_endpoint import SaveWebhookEndpoint
from .set_stock import SetStock
from .stock_level_changed import StockLevelChanged
from .stock_levels import StockLevels
from .upsert_distribution_centers import UpsertDistributionCenters
from .upsert_skus import UpsertSkus


def gql(q: str) -> str:
    return q


class Operations(AsyncBaseClient):
    async def event_cursor(self, **kwargs: Any) -> EventCursor:
        query = gql("""
            query EventCursor {
              eventCursor
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query, operation_name="EventCursor", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return EventCursor.model_validate(data)

    async def me(self, **kwargs: Any) -> Me:
        query = gql("""
            query Me {
              client {
                id
                code
                name
              }
              viewer {
                role
                name
              }
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query, operation_name="Me", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Me.model_validate(data)

    async def orders(
        self,
        filter_: Union[Optional[OrderFilter], UnsetType] = UNSET,
        sort: Union[Optional[OrderSort], UnsetType] = UNSET,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> Orders:
        query = gql("""
            query Orders($filter: OrderFilter, $sort: OrderSort, $first: Int, $after: String) {
              orders(filter: $filter, sort: $sort, first: $first, after: $after) {
                totalCount
                pageInfo {
                  hasNextPage
                  endCursor
                }
                nodes {
                  ...OrderSummary
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }
            """)
        variables: dict[str, object] = {
            "filter": filter_,
            "sort": sort,
            "first": first,
            "after": after,
        }
        response = await self.execute(
            query=query, operation_name="Orders", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Orders.model_validate(data)

    async def order(self, id: str, **kwargs: Any) -> Order:
        query = gql("""
            query Order($id: ID!) {
              node(id: $id) {
                __typename
                ... on Order {
                  ...OrderSummary
                  lines(first: 500) {
                    nodes {
                      id
                      requested
                      allocated
                      shipped
                      cancelled
                      open
                      backOrderedQty
                      short
                      promisedAt
                      sku {
                        code
                        name
                      }
                      explanation {
                        reason
                        rank
                        wanted
                        stockSeen
                        given
                      }
                    }
                  }
                  dispatches(first: 500) {
                    nodes {
                      id
                      number
                      kind
                      status
                    }
                  }
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }
            """)
        variables: dict[str, object] = {"id": id}
        response = await self.execute(
            query=query, operation_name="Order", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Order.model_validate(data)

    async def sales_order_status(
        self, sales_order_number: str, **kwargs: Any
    ) -> SalesOrderStatus:
        query = gql("""
            query SalesOrderStatus($salesOrderNumber: String!) {
              retrieveSalesOrderStatus(salesOrderNumber: $salesOrderNumber) {
                ...OrderSummary
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }
            """)
        variables: dict[str, object] = {"salesOrderNumber": sales_order_number}
        response = await self.execute(
            query=query,
            operation_name="SalesOrderStatus",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return SalesOrderStatus.model_validate(data)

    async def back_order_list(
        self,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> BackOrderList:
        query = gql("""
            query BackOrderList($first: Int, $after: String) {
              backOrderList(first: $first, after: $after) {
                totalCount
                pageInfo {
                  hasNextPage
                  endCursor
                }
                nodes {
                  ...OrderSummary
                  lines(first: 500) {
                    nodes {
                      id
                      open
                      available
                      short
                      sku {
                        code
                      }
                      explanation {
                        reason
                      }
                    }
                  }
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="BackOrderList", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return BackOrderList.model_validate(data)

    async def stock_levels(self, sku_codes: list[str], **kwargs: Any) -> StockLevels:
        query = gql("""
            query StockLevels($skuCodes: [String!]!) {
              stockLevels(skuCodes: $skuCodes) {
                onHand
                allocated
                available
                incoming
                sku {
                  code
                }
                distributionCenter {
                  code
                }
              }
            }
            """)
        variables: dict[str, object] = {"skuCodes": sku_codes}
        response = await self.execute(
            query=query, operation_name="StockLevels", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return StockLevels.model_validate(data)

    async def upsert_distribution_centers(
        self,
        input: list[DistributionCenterInput],
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> UpsertDistributionCenters:
        query = gql("""
            mutation UpsertDistributionCenters($input: [DistributionCenterInput!]!, $idempotencyKey: String) {
              upsertDistributionCenters(input: $input, idempotencyKey: $idempotencyKey) {
                count
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "input": input,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query,
            operation_name="UpsertDistributionCenters",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return UpsertDistributionCenters.model_validate(data)

    async def upsert_skus(
        self,
        input: list[SkuInput],
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> UpsertSkus:
        query = gql("""
            mutation UpsertSkus($input: [SkuInput!]!, $idempotencyKey: String) {
              upsertSkus(input: $input, idempotencyKey: $idempotencyKey) {
                count
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "input": input,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query, operation_name="UpsertSkus", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return UpsertSkus.model_validate(data)

    async def set_stock(
        self,
        input: list[StockInput],
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> SetStock:
        query = gql("""
            mutation SetStock($input: [StockInput!]!, $idempotencyKey: String) {
              setStock(input: $input, idempotencyKey: $idempotencyKey) {
                count
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "input": input,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query, operation_name="SetStock", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return SetStock.model_validate(data)

    async def load_sales_orders(
        self,
        input: list[SalesOrderInput],
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> LoadSalesOrders:
        query = gql("""
            mutation LoadSalesOrders($input: [SalesOrderInput!]!, $idempotencyKey: String) {
              loadSalesOrders(input: $input, idempotencyKey: $idempotencyKey) {
                created
                orders {
                  ...OrderSummary
                }
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "input": input,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query, operation_name="LoadSalesOrders", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return LoadSalesOrders.model_validate(data)

    async def load_sales_order_cancel(
        self,
        sales_order_number: str,
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> LoadSalesOrderCancel:
        query = gql("""
            mutation LoadSalesOrderCancel($salesOrderNumber: String!, $idempotencyKey: String) {
              loadSalesOrderCancel(
                salesOrderNumber: $salesOrderNumber
                idempotencyKey: $idempotencyKey
              ) {
                order {
                  ...OrderSummary
                }
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "salesOrderNumber": sales_order_number,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query,
            operation_name="LoadSalesOrderCancel",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return LoadSalesOrderCancel.model_validate(data)

    async def run_order_processor(
        self,
        distribution_center: str,
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> RunOrderProcessor:
        query = gql("""
            mutation RunOrderProcessor($distributionCenter: ID!, $idempotencyKey: String) {
              runOrderProcessor(
                distributionCenter: $distributionCenter
                idempotencyKey: $idempotencyKey
              ) {
                run {
                  id
                  status
                }
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "distributionCenter": distribution_center,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query,
            operation_name="RunOrderProcessor",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return RunOrderProcessor.model_validate(data)

    async def save_webhook_endpoint(
        self,
        input: WebhookEndpointInput,
        id: Union[Optional[str], UnsetType] = UNSET,
        idempotency_key: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> SaveWebhookEndpoint:
        query = gql("""
            mutation SaveWebhookEndpoint($id: ID, $input: WebhookEndpointInput!, $idempotencyKey: String) {
              saveWebhookEndpoint(id: $id, input: $input, idempotencyKey: $idempotencyKey) {
                secret
                endpoint {
                  id
                  name
                  url
                  events
                  enabled
                }
                userErrors {
                  ...Refusal
                }
              }
            }

            fragment Refusal on UserError {
              code
              message
              path
            }
            """)
        variables: dict[str, object] = {
            "id": id,
            "input": input,
            "idempotencyKey": idempotency_key,
        }
        response = await self.execute(
            query=query,
            operation_name="SaveWebhookEndpoint",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return SaveWebhookEndpoint.model_validate(data)

    async def order_changed(
        self,
        order_ids: Union[Optional[list[str]], UnsetType] = UNSET,
        distribution_center: Union[Optional[str], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AsyncIterator[OrderChanged]:
        query = gql("""
            subscription OrderChanged($orderIds: [ID!], $distributionCenter: ID, $after: String) {
              orderChanged(
                orderIds: $orderIds
                distributionCenter: $distributionCenter
                after: $after
              ) {
                cursor
                at
                cause
                previousStatus
                previousBackOrderStatus
                order {
                  ...OrderSummary
                }
              }
            }

            fragment OrderSummary on Order {
              id
              number
              version
              status
              queueStatus
              deliveryStatus
              backOrderStatus
              isBackOrder
              orderedAt
              promisedAt
            }
            """)
        variables: dict[str, object] = {
            "orderIds": order_ids,
            "distributionCenter": distribution_center,
            "after": after,
        }
        async for data in self.execute_ws(
            query=query, operation_name="OrderChanged", variables=variables, **kwargs
        ):
            yield OrderChanged.model_validate(data)

    async def back_order_line_changed(
        self,
        distribution_center: Union[Optional[str], UnsetType] = UNSET,
        sku: Union[Optional[str], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AsyncIterator[BackOrderLineChanged]:
        query = gql("""
            subscription BackOrderLineChanged($distributionCenter: ID, $sku: ID, $after: String) {
              backOrderLineChanged(
                distributionCenter: $distributionCenter
                sku: $sku
                after: $after
              ) {
                cursor
                at
                cause
                backOrderedQty
                previousBackOrderedQty
                line {
                  id
                  open
                  sku {
                    code
                  }
                  order {
                    id
                    number
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "distributionCenter": distribution_center,
            "sku": sku,
            "after": after,
        }
        async for data in self.execute_ws(
            query=query,
            operation_name="BackOrderLineChanged",
            variables=variables,
            **kwargs,
        ):
            yield BackOrderLineChanged.model_validate(data)

    async def promise_changed(
        self,
        distribution_center: Union[Optional[str], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AsyncIterator[PromiseChanged]:
        query = gql("""
            subscription PromiseChanged($distributionCenter: ID, $after: String) {
              promiseChanged(distributionCenter: $distributionCenter, after: $after) {
                cursor
                at
                cause
                promisedAt
                previouslyPromisedAt
                order {
                  id
                  number
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "distributionCenter": distribution_center,
            "after": after,
        }
        async for data in self.execute_ws(
            query=query, operation_name="PromiseChanged", variables=variables, **kwargs
        ):
            yield PromiseChanged.model_validate(data)

    async def stock_level_changed(
        self,
        distribution_center: Union[Optional[str], UnsetType] = UNSET,
        sku: Union[Optional[str], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AsyncIterator[StockLevelChanged]:
        query = gql("""
            subscription StockLevelChanged($distributionCenter: ID, $sku: ID, $after: String) {
              stockLevelChanged(
                distributionCenter: $distributionCenter
                sku: $sku
                after: $after
              ) {
                cursor
                at
                cause
                level {
                  onHand
                  allocated
                  available
                  sku {
                    code
                  }
                  distributionCenter {
                    code
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "distributionCenter": distribution_center,
            "sku": sku,
            "after": after,
        }
        async for data in self.execute_ws(
            query=query,
            operation_name="StockLevelChanged",
            variables=variables,
            **kwargs,
        ):
            yield StockLevelChanged.model_validate(data)
