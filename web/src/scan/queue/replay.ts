/**
 * Sends the queue, oldest first, until it is empty or the server does not answer.
 *
 * A scan is marked as sent before it is, and sent again under its own key until there is an answer: so it is applied
 * once, whether the request was lost or its answer was, and whether the page lives through it or not.
 */
import type { Queue, Settled } from './queue.ts'
import { asInput, type Scan } from './scan.ts'
import type { ScanInput } from '../../api/operations.ts'

/** What came of sending some scans. */
export type Sent =
  | { kind: 'answered'; scans: readonly Settled[] }
  /** The server refused the request as a whole and changed nothing. */
  | { kind: 'refused'; error: { code: string; message: string } }
  /** There was no answer, or not one about the scans: whether they were applied is not known. */
  | { kind: 'unanswered' }
  /** The token is not valid, or not for scanning; or the server is of another version. Nothing was changed. */
  | { kind: 'unauthenticated' | 'forbidden' | 'misunderstood' }

export type Replayed = 'empty' | 'unanswered' | 'unauthenticated' | 'forbidden' | 'misunderstood'

const MOST_AT_ONCE = 50
const DAY_MS = 86_400_000
/** The server keeps its answers for seven days at least (BACKFILL_KEEP_ANSWERS_DAYS). */
const ANSWERS_KEPT_MS = 6 * DAY_MS

/** Send what waits. `onSettled` hears of each batch that was answered. */
export async function replay({
  queue,
  client,
  send,
  now,
  onSettled,
}: {
  queue: Queue
  client: string
  send: (scans: ScanInput[]) => Promise<Sent>
  now: () => number
  onSettled: (scans: Scan[]) => void
}): Promise<Replayed> {
  // How many of the next scans are to be sent alone, to find the one that the server can't take.
  let alone = 0
  for (;;) {
    const batch = await queue.take(client, alone > 0 ? 1 : MOST_AT_ONCE, now(), now() - ANSWERS_KEPT_MS)
    alone -= 1
    if (batch.length === 0) return 'empty'
    const sent = await send(batch.map(asInput))
    if (sent.kind === 'answered') {
      const settled = await queue.settle(sent.scans)
      // An answer that is not about what was asked would be asked for again at once, without end.
      if (settled.length === 0) return 'unanswered'
      onSettled(settled)
    } else if (sent.kind === 'refused') {
      if (batch.length > 1) {
        await queue.untake(batch)
        alone = batch.length
      } else onSettled(await queue.settle(batch.map(({ key }) => ({ key, outcome: 'FAILED', error: sent.error }))))
    } else {
      if (sent.kind !== 'unanswered') await queue.untake(batch)
      return sent.kind
    }
  }
}
