/** A scan as this device keeps it, and what may still be done with it. */
import type { ScanAction, ScanInput } from '../../api/operations.ts'

/**
 * Where a scan is.
 *
 * `open` is held back, because its quantity may still change; `waiting` is to be sent, or was sent and got no answer;
 * `done`, `skipped` and `failed` are the server's answers; `unclear` was sent so long ago without an answer that
 * sending it again might apply it twice.
 */
export type ScanState = 'open' | 'waiting' | 'done' | 'skipped' | 'failed' | 'unclear'

export interface Scan {
  /** The order in which this device recorded its scans. */
  place: number
  key: string
  /** The id of the client whose goods these are: it is sent under a token of that client only. */
  client: string
  by: string
  action: ScanAction
  code: string
  name: string | null
  quantity: number
  document: { id: string; number: string } | null
  center: string | null
  /** ISO 8601, by this device's clock; of a count, when its quantity was set last. */
  scannedAt: string
  state: ScanState
  /** When it was first sent, in milliseconds; null as long as no server can know of it. */
  triedAt: number | null
  error: { code: string; message: string } | null
}

export type NewScan = Omit<Scan, 'place' | 'triedAt' | 'error'>

export const LARGEST_QUANTITY = 1_000_000
export const LONGEST_CODE = 255

/** Whether this action takes a number of units. */
export function takesQuantity(action: ScanAction): boolean {
  return action === 'RECEIVE' || action === 'FILL' || action === 'COUNT'
}

/** The nearest quantity that the action takes: a count may find nothing, the others are of one unit or more. */
export function allowedQuantity(action: ScanAction, quantity: number): number {
  const least = action === 'COUNT' ? 0 : 1
  if (!Number.isFinite(quantity)) return least
  return Math.min(LARGEST_QUANTITY, Math.max(least, Math.trunc(quantity)))
}

/**
 * The scan with another quantity. A count that is under way is of the moment its quantity was set last: so much was
 * there then. Once it is finished, another quantity corrects what was written of that moment.
 */
export function withQuantity(scan: Scan, quantity: number, now: Date): Scan {
  const counting = scan.action === 'COUNT' && scan.state === 'open'
  const scannedAt = counting ? now.toISOString() : scan.scannedAt
  return { ...scan, quantity: allowedQuantity(scan.action, quantity), scannedAt }
}

/** Whether no server can know of the scan, so that it may be changed or removed here. */
export function isOnlyHere(scan: Scan): boolean {
  return scan.triedAt === null && (scan.state === 'open' || scan.state === 'waiting')
}

/** Whether the scan has not had its answer yet. */
export function isUnsettled(scan: Scan): boolean {
  return scan.state === 'open' || scan.state === 'waiting'
}

/** Whether somebody has to look at the scan: it was not applied, or that is not known. */
export function isRejected(scan: Scan): boolean {
  return scan.state === 'failed' || scan.state === 'skipped' || scan.state === 'unclear'
}

/** The scan as the API takes it: the same each time it is sent, or its key would be refused. */
export function asInput(scan: Scan): ScanInput {
  return {
    key: scan.key,
    action: scan.action,
    code: scan.code,
    scannedAt: scan.scannedAt,
    ...(takesQuantity(scan.action) && { quantity: scan.quantity }),
    ...(scan.document && { documentId: scan.document.id }),
    ...(scan.action === 'COUNT' && { distributionCenterCode: scan.center }),
  }
}
