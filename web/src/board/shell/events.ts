/** The events that the whole board follows, from the moment its first answer was given. */
import type { Client } from '@urql/core'

import { announce, type Topic } from '../../api/live.ts'
import {
  BulkEventsDocument,
  LineEventsDocument,
  OrderEventsDocument,
  PromiseEventsDocument,
  RunEventsDocument,
  ScheduleEventsDocument,
} from '../../api/operations.ts'

const FOLLOWED: [string, Topic][] = [
  [OrderEventsDocument.toString(), 'order'],
  [LineEventsDocument.toString(), 'line'],
  [PromiseEventsDocument.toString(), 'promise'],
  [RunEventsDocument.toString(), 'run'],
  [ScheduleEventsDocument.toString(), 'run'],
  [BulkEventsDocument.toString(), 'bulk'],
]

/** Merge every event after the cursor into the cache, and tell the screens; returns how to end that. */
export function followEvents(client: Client, after: string): () => void {
  const ends = FOLLOWED.map(([document, topic]) => {
    const subscription = client.subscription(document, { after }).subscribe((result) => {
      if (result.error) {
        // The server ended it for a reason of its own: nothing may be taken for current any more.
        console.warn('The events of a topic ended.', topic, result.error.message)
        announce('everything')
      } else announce(topic)
    })
    return () => subscription.unsubscribe()
  })
  return () => {
    for (const end of ends) end()
  }
}
