/**
 * What a scanned code means in the mode the device is in: record it, choose a document, or tell what is wrong.
 *
 * Pure: what is known is given, and who asks decides what to do about what isn't.
 */
import type { ScanAction } from '../../api/operations.ts'
import { LONGEST_CODE } from '../queue/scan.ts'
import { isDispatchNumber, openOf, type Found, type Kind, type Sku, type Work } from '../remote/known.ts'

export type Wrong =
  | 'unreadable'
  | 'notDispatch'
  | 'chooseFirst'
  | 'unknownDocument'
  | 'nothing'
  | 'otherMode'
  | 'chooseCenter'

export type Judged =
  | { kind: 'record'; sku: Sku | null; doubt: 'notOnDocument' | 'moreThanOpen' | null }
  | { kind: 'choose'; work: Work }
  | { kind: 'wrong'; why: Wrong; what: string }

/** Which documents a mode works on. */
export const WORKS_ON: Partial<Record<ScanAction, Kind>> = { RECEIVE: 'PurchaseOrder', FILL: 'Backorder' }

/** The code as it is recorded; null when it is none. */
export function cleaned(scanned: string): string | null {
  const code = scanned.trim()
  return code.length === 0 || code.length > LONGEST_CODE || /\p{Cc}/u.test(code) ? null : code
}

/** Whether judging the code takes to know what it is of. */
export function needsLookup(mode: ScanAction): boolean {
  return mode === 'RECEIVE' || mode === 'FILL' || mode === 'COUNT'
}

/**
 * What the code means. `found` is undefined when nobody could say what it is of: then it is taken for a SKU, and the
 * server decides. `unsent` counts the units of a SKU on the current document that wait to be sent.
 */
export function judge({
  mode,
  code,
  found,
  current,
  center,
  unsent,
}: {
  mode: ScanAction
  code: string
  found: Found | undefined
  current: Work | null
  center: string | null
  unsent: (sku: string) => number
}): Judged {
  const wrong = (why: Wrong, what = code): Judged => ({ kind: 'wrong', why, what })
  if (!needsLookup(mode)) {
    return isDispatchNumber(code) ? { kind: 'record', sku: null, doubt: null } : wrong('notDispatch')
  }
  if (found?.kind === 'nothing') return wrong('nothing')
  if (found?.kind === 'other') return wrong('otherMode')
  if (found?.kind === 'work') {
    return WORKS_ON[mode] === found.work.kind ? { kind: 'choose', work: found.work } : wrong('otherMode')
  }
  if (mode === 'COUNT') {
    if (center === null) return wrong('chooseCenter')
    return { kind: 'record', sku: found?.sku ?? null, doubt: null }
  }
  if (current === null) return wrong(found ? 'chooseFirst' : 'unknownDocument')
  if (!found) return { kind: 'record', sku: null, doubt: null }
  const open = openOf(current, found.sku.code)
  const listed = current.lines.some((line) => line.sku === found.sku.code)
  const doubt = !listed ? 'notOnDocument' : unsent(found.sku.code) + 1 > open ? 'moreThanOpen' : null
  return { kind: 'record', sku: found.sku, doubt }
}
