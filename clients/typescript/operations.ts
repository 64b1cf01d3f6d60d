/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Why a line got what it got in a run (F1). */
export type AllocationReason =
  /** The line was given stock. */
  | 'ALLOCATED'
  /** There was stock for the line but not for the whole order, whose hold time has not expired. */
  | 'RETURNED_HOLD_NOT_EXPIRED'
  /** The order is of one SKU, and there was not enough for all of it. */
  | 'RETURNED_SINGLE_SKU_PARTIAL'
  /** There was some stock but not enough for the whole line, and lines are not split. */
  | 'RETURNED_LINE_PARTIAL'
  /** The SKU had no available stock when the run began. */
  | 'NOTHING_AVAILABLE'
  /** There was stock for the line, but the next dispatch is the last one and waits for everything left. */
  | 'WAITING_FOR_REMAINDER'
  /** The order is delayed to a date that has not come. */
  | 'DELAYED'
  /** There was stock when the run began, and lines with a better rank have taken all of it. */
  | 'SERVED_BEFORE_BY_OTHERS'
  /** All stock there was had been received for other orders, on purchase-order lines linked to them. */
  | 'KEPT_FOR_LINKED_ORDERS'
  /** The order changed between planning and applying, so this run left it in the queue. */
  | 'CHANGED_DURING_RUN'
  /** The stock was taken by somebody else between planning and applying. */
  | 'STOCK_TAKEN_DURING_RUN'
  /** The Order Processor does not serve this line: its route is another one. */
  | 'NOT_ON_PROCESSOR_ROUTE';

/** How much of what is open can't be covered from available stock. */
export type BackOrderStatus =
  /** All that is open is covered, or nothing is open. */
  | 'NONE'
  /** Some of what is open is back-ordered. */
  | 'PARTIAL'
  /** All that is open is back-ordered. */
  | 'FULL';

/** How far an order with Backlog SKUs has been delivered. */
export type DeliveryStatus =
  /** Nothing is delivered and the order has no Backlog SKUs. */
  | 'NOT_DELIVERED'
  /** The order has Backlog SKUs, none of them delivered. */
  | 'UNDELIVERED_SKU_CREATED'
  /** Backlog SKUs are on a delivery note not yet shipped. */
  | 'DELIVERY_NOTE_CREATED'
  /** Some of the order is delivered. */
  | 'PARTIALLY_DELIVERED'
  /** All of the order is delivered. */
  | 'DELIVERED';

/** What made a dispatch. */
export type DispatchKind =
  /** A run of the Order Processor. */
  | 'PROCESSOR'
  /** Backlog SKUs applied to a delivery note. */
  | 'DELIVERY_NOTE'
  /** A Backorder that was filled, or a pick marked directly. */
  | 'WAREHOUSE_PICK';

/** How far a dispatch has come. */
export type DispatchStatus =
  /** Stock is allocated to it; it can be picked. */
  | 'CREATED'
  /** Picked and packed; it can be shipped. */
  | 'PACKED'
  /** It has left the warehouse for good. */
  | 'SHIPPED'
  /** Its stock has been given back. */
  | 'CANCELLED';

/** A distribution center, by its code. */
export type DistributionCenterInput = {
  /** Your own code for it, unique among yours. */
  code: string;
  /** As people call it. */
  name: string;
  /** What sort of warehouse it is. */
  kind?: DistributionCenterKind | null | undefined;
};

/** What sort of warehouse a distribution center is. */
export type DistributionCenterKind =
  /** Keeps stock and ships it. */
  | 'STANDARD'
  /** A vendor's warehouse: the vendor ships to the customer. */
  | 'DROPSHIP';

/** Why a request was refused, as a code that programs can act on. */
export type ErrorCode =
  /** Nothing with this id or number exists for this client. */
  | 'NOT_FOUND'
  /** A value is missing, malformed or out of its bounds. */
  | 'INVALID_INPUT'
  /** Something with this number or code exists already; it was left unchanged. */
  | 'DUPLICATE'
  /** The token's role does not allow this. */
  | 'FORBIDDEN'
  /** A client setting switches this off. */
  | 'FEATURE_DISABLED'
  /** The order has Backlog SKUs, so its details can't be edited. */
  | 'ORDER_LOCKED'
  /** The status of the order, or of its dispatch, does not allow this. */
  | 'ORDER_STATUS_NOT_ALLOWED'
  /** The order has Backlog SKUs already. */
  | 'BACKLOG_SKUS_ALREADY_CREATED'
  /** A dispatch has been created from the order. */
  | 'DISPATCH_EXISTS'
  /** A Backlog SKU of the order has been applied to a delivery note. */
  | 'BACKLOG_SKU_ON_DELIVERY_NOTE'
  /** More is wanted than is available. */
  | 'INSUFFICIENT_STOCK'
  /** The dispatch has left the warehouse. */
  | 'DISPATCH_ALREADY_SHIPPED'
  /** The dates are further apart than allowed. */
  | 'DATE_RANGE_TOO_LONG'
  /** The request would change nothing. */
  | 'NOTHING_TO_DO'
  /** The idempotency key was used before with another payload. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** The order has changed since the expected version was read. */
  | 'VERSION_CONFLICT'
  /** What the plan was made from has changed; make a new one. */
  | 'STALE_PLAN'
  /** Events after this cursor are no longer kept; read the state again. */
  | 'CURSOR_EXPIRED';

/** What the marketplace says about the order. */
export type MarketplaceStatus =
  /** The customer has paid. */
  | 'PAYMENT_VERIFIED'
  /** The seller has accepted the order. */
  | 'ACCEPTED'
  /** The order may be picked and packed. */
  | 'READY_TO_PROCESS'
  /** The parcel waits for the shipping agency. */
  | 'WAITING_FOR_PICKUP'
  /** The shipping agency has the parcel. */
  | 'SHIPPED'
  /** The customer has the parcel. */
  | 'DELIVERED'
  /** The order is cancelled on the marketplace. */
  | 'CANCELLED';

/** What to make of an order on the Backlog Orders dashboard; always derived. */
export type OrderCondition =
  /** None of the other conditions holds. */
  | 'NOT_YET_PROCESSED'
  /** The customer cancelled before there was a sales-order code or an invoice code. */
  | 'CANCELLED_BY_CUSTOMER'
  /** Waiting for pickup at the marketplace, with neither a sales-order code nor an invoice code. */
  | 'DONE_NOT_INVOICED'
  /** Cancelled with a sales-order code or an invoice code: check that the rejection arrived. */
  | 'CANCELLED_CHECK_REJECTION'
  /** Both codes are there and the order is not packed. */
  | 'NOT_YET_PACKED'
  /** Both codes are there and the order is packed. */
  | 'WAITING_FOR_PICKUP';

/** Which orders: all conditions hold, and of a list any value. */
export type OrderFilter = {
  /** These orders. */
  ids?: Array<string> | null | undefined;
  /** Orders with these numbers. */
  numbers?: Array<string> | null | undefined;
  /** Orders whose number or marketplace invoice number begins so, in any case. */
  search?: string | null | undefined;
  /** With this marketplace invoice number or invoice code. */
  invoiceNumber?: string | null | undefined;
  /** By order status. */
  status?: Array<OrderStatus> | null | undefined;
  /** By delivery status. */
  deliveryStatus?: Array<DeliveryStatus> | null | undefined;
  /** By queue status. */
  queueStatus?: Array<QueueStatus> | null | undefined;
  /** By back order status (D1). */
  backOrderStatus?: Array<BackOrderStatus> | null | undefined;
  /** By condition on the backlog dashboard (C3). */
  condition?: Array<OrderCondition> | null | undefined;
  /** Of this distribution center. */
  distributionCenter?: string | null | undefined;
  /** Of this store. */
  store?: string | null | undefined;
  /** With Backlog SKUs, or without. */
  locked?: boolean | null | undefined;
  /** Ordered then or later. */
  orderedFrom?: string | null | undefined;
  /** Ordered before then. */
  orderedUntil?: string | null | undefined;
};

/** How a list of orders is sorted. */
export type OrderSort =
  /** As they are served: priority, then order time, then id. */
  | 'RANK'
  /** The latest order first. */
  | 'ORDERED_AT'
  /** By number, as text. */
  | 'NUMBER';

/** How far an order has come. */
export type OrderStatus =
  /** Loaded and accepted; nothing has been dispatched. */
  | 'CREATE'
  /** Confirmed; nothing has been dispatched. */
  | 'OC_CONFIRMED'
  /** The order confirmation was refused; the order is not processed. */
  | 'OC_REJECTED'
  /** At least one dispatch has been made and something is not yet shipped. */
  | 'COMMIT'
  /** The back-order lines were cancelled, the dispatched ones stay. */
  | 'PARTIALLY_CANCELLED'
  /** Nothing of the order will be delivered. */
  | 'CANCELLED'
  /** Every unit is shipped or cancelled, and at least one is shipped. */
  | 'COMPLETED';

/** Where an order stands in the Order Processor's queue. */
export type QueueStatus =
  /** Waits for a run; nothing of it has been dispatched. */
  | 'QUEUED'
  /** Some lines are dispatched, the others wait for stock. */
  | 'PARTIALLY_PROCESSED'
  /** Nothing is left for the processor to do. */
  | 'PROCESSED'
  /** The processor leaves the order alone. */
  | 'NOT_QUEUED';

/** What a token may do; it belongs to one client and sees nothing of another. */
export type Role =
  /** Reads. */
  | 'VIEWER'
  /** Reads and scans. */
  | 'SCANNER'
  /** Also changes orders. */
  | 'OPERATOR'
  /** Also changes settings, schedules and tokens. */
  | 'ADMIN'
  /** Loads and cancels orders, for other programs. */
  | 'SERVICE';

/** How far a run of the Order Processor has come. */
export type RunStatus =
  /** Its time has come or was asked for; no worker has begun. */
  | 'SCHEDULED'
  /** A worker is planning or applying it. */
  | 'RUNNING'
  /** Every queued order has been decided. */
  | 'COMPLETED'
  /** It ended with an error; what it had applied stays applied. */
  | 'FAILED'
  /** Another run of the pool made it unnecessary. */
  | 'SKIPPED';

/** A sales order to load. */
export type SalesOrderInput = {
  /** Your own number for it, unique among your orders. */
  number: string;
  /** The code of the distribution center that ships it. */
  distributionCenterCode: string;
  /** The code of the store it came from. */
  storeCode?: string | null | undefined;
  /** When it was ordered, else when it is loaded. Older is served first. */
  orderedAt?: string | null | undefined;
  /** Higher is served first. */
  priority?: number | null | undefined;
  /** What the marketplace says of it. */
  marketplaceStatus?: MarketplaceStatus | null | undefined;
  /** The marketplace's invoice number. */
  marketplaceInvoiceNumber?: string | null | undefined;
  /** Its code in the sales system. */
  salesOrderCode?: string | null | undefined;
  /** Its code in the invoicing system. */
  invoiceCode?: string | null | undefined;
  /** Who carries it. */
  shippingAgency?: string | null | undefined;
  /** What sort of order it is, in your own words. */
  orderType?: string | null | undefined;
  /** Which service of the carrier it goes with. */
  service?: string | null | undefined;
  /** The country it goes to: two capital letters, such as NL. */
  country?: string | null | undefined;
  /** The buyer's e-mail address. */
  email?: string | null | undefined;
  /** Its lines, at least one. */
  lines: Array<SalesOrderLineInput>;
};

/** A line of an order to load. */
export type SalesOrderLineInput = {
  /** The SKU's code. */
  skuCode: string;
  /** Units, 1 or more. */
  quantity: number;
};

/** A SKU, by its code. */
export type SkuInput = {
  /** Your own code for it, unique among your SKUs. */
  code: string;
  /** As people call it. */
  name: string;
  /** What scanners read on it. */
  barcode?: string | null | undefined;
  /** The code of the SKU that may stand in for it (D2). */
  replacementCode?: string | null | undefined;
};

/** What was counted of a SKU in a distribution center. */
export type StockInput = {
  /** The SKU's code. */
  skuCode: string;
  /** The distribution center's code. */
  distributionCenterCode: string;
  /** Units on hand, 0 or more, dispatched but not shipped ones too. */
  onHand: number;
};

/** Where outbound webhooks go, and of what they tell. */
export type WebhookEndpointInput = {
  /** As people call it; unique among the client's. */
  name: string;
  /** Where messages are sent: https, on a public host unless the operator trusts it. */
  url: string;
  /** Of what it is told: at least one. PING and EVENTS_EXPIRED come by themselves. */
  events: Array<WebhookEvent>;
  /** Only what concerns this distribution center, or none. */
  distributionCenterId?: string | null | undefined;
  /** Whether anything is sent. */
  enabled?: boolean;
};

/** What an outbound webhook tells of. PING and EVENTS_EXPIRED are sent without being chosen. */
export type WebhookEvent =
  /** An order was created or changed. */
  | 'ORDER_CHANGED'
  /** What of an order line is back-ordered changed. */
  | 'BACK_ORDER_LINE_CHANGED'
  /** An order is promised another date, or none any more. */
  | 'PROMISE_CHANGED'
  /** Other units are on hand, held or protected. */
  | 'STOCK_LEVEL_CHANGED'
  /** A purchase order was created, changed or received. */
  | 'PURCHASE_ORDER_CHANGED'
  /** A run was scheduled, started, progressed or ended. */
  | 'PROCESSOR_RUN_CHANGED'
  /** When the Order Processor runs was set, paused or removed. */
  | 'PROCESSOR_SCHEDULE_CHANGED'
  /** A bulk operation was started, progressed or ended. */
  | 'BULK_OPERATION_CHANGED'
  /** A synchronization was requested, began or ended. */
  | 'SYNCHRONIZATION_CHANGED'
  /** The client's settings, rules or reference data changed. */
  | 'SETTINGS_CHANGED'
  /** Somebody asked for a test. */
  | 'PING'
  /** Events were not told before they were no longer kept: load the current state again. */
  | 'EVENTS_EXPIRED';

export type EventCursorQueryVariables = Exact<{ [key: string]: never; }>;


export type EventCursorQuery = { eventCursor: string };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { client: { id: string, code: string, name: string }, viewer: { role: Role, name: string } };

export type OrdersQueryVariables = Exact<{
  filter?: OrderFilter | null | undefined;
  sort?: OrderSort | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type OrdersQuery = { orders: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null }> } };

export type OrderQueryVariables = Exact<{
  id: string;
}>;


export type OrderQuery = { node:
    | { id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null, lines: { nodes: Array<{ id: string, requested: number, allocated: number, shipped: number, cancelled: number, open: number, backOrderedQty: number, short: boolean, promisedAt: string | null, sku: { code: string, name: string }, explanation: { reason: AllocationReason, rank: number, wanted: number, stockSeen: number, given: number } | null }> }, dispatches: { nodes: Array<{ id: string, number: string, kind: DispatchKind, status: DispatchStatus }> } }
    | Record<PropertyKey, never>
   | null };

export type SalesOrderStatusQueryVariables = Exact<{
  salesOrderNumber: string;
}>;


export type SalesOrderStatusQuery = { retrieveSalesOrderStatus: { id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null } | null };

export type BackOrderListQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type BackOrderListQuery = { backOrderList: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null, lines: { nodes: Array<{ id: string, open: number, available: number, short: boolean, sku: { code: string }, explanation: { reason: AllocationReason } | null }> } }> } };

export type StockLevelsQueryVariables = Exact<{
  skuCodes: Array<string> | string;
}>;


export type StockLevelsQuery = { stockLevels: Array<{ onHand: number, allocated: number, available: number, incoming: number, sku: { code: string }, distributionCenter: { code: string } }> };

export type UpsertDistributionCentersMutationVariables = Exact<{
  input: Array<DistributionCenterInput> | DistributionCenterInput;
  idempotencyKey?: string | null | undefined;
}>;


export type UpsertDistributionCentersMutation = { upsertDistributionCenters: { count: number, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type UpsertSkusMutationVariables = Exact<{
  input: Array<SkuInput> | SkuInput;
  idempotencyKey?: string | null | undefined;
}>;


export type UpsertSkusMutation = { upsertSkus: { count: number, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type SetStockMutationVariables = Exact<{
  input: Array<StockInput> | StockInput;
  idempotencyKey?: string | null | undefined;
}>;


export type SetStockMutation = { setStock: { count: number, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type LoadSalesOrdersMutationVariables = Exact<{
  input: Array<SalesOrderInput> | SalesOrderInput;
  idempotencyKey?: string | null | undefined;
}>;


export type LoadSalesOrdersMutation = { loadSalesOrders: { created: number, orders: Array<{ id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null }>, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type LoadSalesOrderCancelMutationVariables = Exact<{
  salesOrderNumber: string;
  idempotencyKey?: string | null | undefined;
}>;


export type LoadSalesOrderCancelMutation = { loadSalesOrderCancel: { order: { id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type RunOrderProcessorMutationVariables = Exact<{
  distributionCenter: string;
  idempotencyKey?: string | null | undefined;
}>;


export type RunOrderProcessorMutation = { runOrderProcessor: { run: { id: string, status: RunStatus } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type SaveWebhookEndpointMutationVariables = Exact<{
  id?: string | null | undefined;
  input: WebhookEndpointInput;
  idempotencyKey?: string | null | undefined;
}>;


export type SaveWebhookEndpointMutation = { saveWebhookEndpoint: { secret: string | null, endpoint: { id: string, name: string, url: string, events: Array<WebhookEvent>, enabled: boolean } | null, userErrors: Array<{ code: ErrorCode, message: string, path: Array<string> | null }> } };

export type OrderChangedSubscriptionVariables = Exact<{
  orderIds?: Array<string> | string | null | undefined;
  distributionCenter?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type OrderChangedSubscription = { orderChanged: { cursor: string, at: string, cause: string, previousStatus: OrderStatus | null, previousBackOrderStatus: BackOrderStatus | null, order: { id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null } } };

export type BackOrderLineChangedSubscriptionVariables = Exact<{
  distributionCenter?: string | null | undefined;
  sku?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type BackOrderLineChangedSubscription = { backOrderLineChanged: { cursor: string, at: string, cause: string, backOrderedQty: number, previousBackOrderedQty: number, line: { id: string, open: number, sku: { code: string }, order: { id: string, number: string } } } };

export type PromiseChangedSubscriptionVariables = Exact<{
  distributionCenter?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type PromiseChangedSubscription = { promiseChanged: { cursor: string, at: string, cause: string, promisedAt: string | null, previouslyPromisedAt: string | null, order: { id: string, number: string } } };

export type StockLevelChangedSubscriptionVariables = Exact<{
  distributionCenter?: string | null | undefined;
  sku?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type StockLevelChangedSubscription = { stockLevelChanged: { cursor: string, at: string, cause: string, level: { onHand: number, allocated: number, available: number, sku: { code: string }, distributionCenter: { code: string } } } };

export type OrderSummaryFragment = { id: string, number: string, version: number, status: OrderStatus, queueStatus: QueueStatus, deliveryStatus: DeliveryStatus, backOrderStatus: BackOrderStatus, isBackOrder: boolean, orderedAt: string, promisedAt: string | null };

export type RefusalFragment = { code: ErrorCode, message: string, path: Array<string> | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const OrderSummaryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
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
    `, {"fragmentName":"OrderSummary"}) as unknown as TypedDocumentString<OrderSummaryFragment, unknown>;
export const RefusalFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Refusal on UserError {
  code
  message
  path
}
    `, {"fragmentName":"Refusal"}) as unknown as TypedDocumentString<RefusalFragment, unknown>;
export const EventCursorDocument = /*#__PURE__*/ new TypedDocumentString(`
    query EventCursor {
  eventCursor
}
    `) as unknown as TypedDocumentString<EventCursorQuery, EventCursorQueryVariables>;
export const MeDocument = /*#__PURE__*/ new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;
export const OrdersDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<OrdersQuery, OrdersQueryVariables>;
export const OrderDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Order($id: ID!) {
  node(id: $id) {
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
}`) as unknown as TypedDocumentString<OrderQuery, OrderQueryVariables>;
export const SalesOrderStatusDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<SalesOrderStatusQuery, SalesOrderStatusQueryVariables>;
export const BackOrderListDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<BackOrderListQuery, BackOrderListQueryVariables>;
export const StockLevelsDocument = /*#__PURE__*/ new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<StockLevelsQuery, StockLevelsQueryVariables>;
export const UpsertDistributionCentersDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<UpsertDistributionCentersMutation, UpsertDistributionCentersMutationVariables>;
export const UpsertSkusDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<UpsertSkusMutation, UpsertSkusMutationVariables>;
export const SetStockDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<SetStockMutation, SetStockMutationVariables>;
export const LoadSalesOrdersDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<LoadSalesOrdersMutation, LoadSalesOrdersMutationVariables>;
export const LoadSalesOrderCancelDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<LoadSalesOrderCancelMutation, LoadSalesOrderCancelMutationVariables>;
export const RunOrderProcessorDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<RunOrderProcessorMutation, RunOrderProcessorMutationVariables>;
export const SaveWebhookEndpointDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<SaveWebhookEndpointMutation, SaveWebhookEndpointMutationVariables>;
export const OrderChangedDocument = /*#__PURE__*/ new TypedDocumentString(`
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
}`) as unknown as TypedDocumentString<OrderChangedSubscription, OrderChangedSubscriptionVariables>;
export const BackOrderLineChangedDocument = /*#__PURE__*/ new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<BackOrderLineChangedSubscription, BackOrderLineChangedSubscriptionVariables>;
export const PromiseChangedDocument = /*#__PURE__*/ new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<PromiseChangedSubscription, PromiseChangedSubscriptionVariables>;
export const StockLevelChangedDocument = /*#__PURE__*/ new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<StockLevelChangedSubscription, StockLevelChangedSubscriptionVariables>;