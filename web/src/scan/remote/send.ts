/** Sends scans through the API. */
import { ApplyScansDocument, type ScanInput } from '../../api/operations.ts'
import type { Sent } from '../queue/replay.ts'
import { ask } from './ask.ts'

/** Longer than other requests: each scan is a transaction of its own. */
const PATIENCE_MS = 30_000

export async function sendScans(scans: ScanInput[]): Promise<Sent> {
  // Beside what the scans' own times were read from, it tells how long ago they were, however wrong this clock is.
  const sentAt = new Date().toISOString()
  const asked = await ask(ApplyScansDocument, { scans, sentAt }, PATIENCE_MS)
  if (asked.kind !== 'answered') return asked
  const { scans: settled, userErrors } = asked.data.applyScans
  const [error] = userErrors
  if (error === undefined) return { kind: 'answered', scans: settled }
  return error.code === 'FORBIDDEN' ? { kind: 'forbidden' } : { kind: 'refused', error }
}
