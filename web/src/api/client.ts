/**
 * The GraphQL client: queries and mutations over HTTP, events over one socket, all of it in one normalised cache.
 *
 * An event brings an object as it is now; whatever shows that object shows it at once. What an event can change
 * beside that, such as who is on a list, is loaded again by `useLive` (live.ts).
 */
import {
  createClient,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type Client,
  type CombinedError,
} from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'

import type { Connection } from './connection.ts'
import { authorization } from './session.ts'

/** Types without an id: they are kept inside whatever has them. */
const PARTS = [
  ...['AllocationExplanation', 'AuditEntryConnection', 'BackOrderDay', 'BackOrderDayConnection', 'BackOrderEvent'],
  ...['BackOrderLineConnection', 'BackOrderLineEvent', 'BackOrderSchedule', 'BackOrderScheduleEntry'],
  ...['BackOrderTotal', 'BacklogOrders', 'BacklogSkuConnection', 'BulkOperationConnection', 'BulkOperationEvent'],
  ...['BulkPreview', 'BulkResult', 'BulkResultConnection', 'BulkTarget', 'BulkTargetConnection', 'ClientSettings'],
  ...['ConditionCount', 'DispatchConnection', 'DispatchLine', 'Finding', 'OrderConnection', 'OrderEvent'],
  ...['OrderLineConnection', 'PageInfo', 'PlanChange', 'ProcessorRunConnection', 'ProcessorRunEvent'],
  ...['ProcessorScheduleEvent', 'PromiseEvent', 'ScheduledTime', 'ShipmentPolicy', 'UserError', 'Viewer'],
]

/** A client whose events come over `connection`; `onUnauthenticated` is called when the token is refused. */
export function openClient(connection: Connection, onUnauthenticated: () => void): Client {
  return createClient({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { ...authorization() } }),
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (isUnauthenticated(error)) onUnauthenticated()
        },
      }),
      cacheExchange({ keys: Object.fromEntries(PARTS.map((name) => [name, () => null])) }),
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: connection.subscribe(request.query ?? '', request.variables ?? {}, {
              next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
              error: (error) => sink.error(error),
              complete: () => sink.complete(),
            }),
          }),
        }),
      }),
      fetchExchange,
    ],
  })
}

/** Whether the server does not know whoever asked. */
export function isUnauthenticated(error: CombinedError | undefined): boolean {
  return error?.graphQLErrors.some((one) => one.extensions.code === 'UNAUTHENTICATED') ?? false
}
