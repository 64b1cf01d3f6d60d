/**
 * What this device knows without asking: who is signed in, SKUs, and documents that may be worked on.
 *
 * It is kept in the device's database, so that scanning goes on without a connection and after a reload.
 */
import type {
  ScannerBackorderFragment,
  ScannerDocumentsQuery,
  ScannerLookupQuery,
  ScannerPurchaseOrderFragment,
  ScannerSkuFragment,
  ScannerStartQuery,
} from '../../api/operations.ts'
import type { Scan } from '../queue/scan.ts'

export type Kind = 'PurchaseOrder' | 'Backorder'

/** A document to receive for or to fill, and what was open on it when the server last said so. */
export interface Work {
  id: string
  kind: Kind
  number: string
  lines: { sku: string; open: number }[]
}

export type Sku = Pick<ScannerSkuFragment, 'code' | 'name' | 'barcode'>

/** What a code is of: something known, something else of the client's, or nothing at all. */
export type Found =
  | { kind: 'sku'; sku: Sku }
  | { kind: 'work'; work: Work }
  | { kind: 'other'; what: 'Order' | 'Dispatch'; number: string }
  | { kind: 'nothing' }

export interface Known {
  start: ScannerStartQuery
  works: Work[]
  skus: Sku[]
}

const MOST_SKUS = 5_000

/** Whether a code is a dispatch's number, as the server makes them: D2-17, and D123 in former times. */
export function isDispatchNumber(code: string): boolean {
  return /^d[1-9][0-9]{0,18}(-[1-9][0-9]{0,18})?$/i.test(code)
}

/** What a code is of, as far as this device knows. A SKU comes before a document, as on the server. */
export function lookUp(known: Known, code: string): Found | undefined {
  const sku = known.skus.find((one) => one.barcode === code) ?? known.skus.find((one) => one.code === code)
  if (sku) return { kind: 'sku', sku }
  const own = code.toUpperCase()
  const work = known.works.find(
    (one) => one.number === code || (one.kind === 'Backorder' && one.number.toUpperCase() === own),
  )
  return work && { kind: 'work', work }
}

/** How many units of a SKU were open on a document; 0 when it is not on it. */
export function openOf(work: Work, sku: string): number {
  return work.lines.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.open, 0)
}

/** How many units of anything were open on a document. */
export function unitsOpen(work: Work): number {
  return work.lines.reduce((sum, line) => sum + line.open, 0)
}

/**
 * What is known after the server told the open documents: these take the place of those known before, but for those
 * that are worked on (`stay`, ids), which may be further down its list.
 */
export function withDocuments(known: Known, told: ScannerDocumentsQuery, stay: readonly string[]): Known {
  const open = [
    ...told.purchaseOrders.nodes.map((one) => ofPurchaseOrder(one)),
    ...told.backorders.nodes.map((one) => ofBackorder(one)),
  ]
  const listed = new Set(open.map(({ id }) => id))
  const works = [...known.works.filter(({ id }) => stay.includes(id) && !listed.has(id)), ...open]
  const skus = [
    ...told.purchaseOrders.nodes.flatMap((one) => one.lines),
    ...told.backorders.nodes.flatMap((one) => one.items),
  ].map((line) => line.sku)
  return { ...known, works, skus: merged(known.skus, skus) }
}

/** What is known after the server told what a code is of, and what it is. */
export function withFound(known: Known, told: ScannerLookupQuery['scan']): [Known, Found] {
  if (!told) return [known, { kind: 'nothing' }]
  switch (told.__typename) {
    case 'Sku':
      return [{ ...known, skus: merged(known.skus, [told]) }, { kind: 'sku', sku: told }]
    case 'PurchaseOrder':
      return withWork(known, ofPurchaseOrder(told), told.lines)
    case 'Backorder':
      return withWork(known, ofBackorder(told), told.items)
    default:
      return [known, { kind: 'other', what: told.__typename, number: told.number }]
  }
}

/** What is known after these scans were answered: what was applied is no longer open. */
export function withoutApplied(known: Known, scans: readonly Scan[]): Known {
  let { works } = known
  for (const { state, code, quantity, document } of scans) {
    const found = lookUp(known, code)
    if (state !== 'done' || found?.kind !== 'sku') continue
    works = works.map((work) => (work.id === document?.id ? withLess(work, found.sku.code, quantity) : work))
  }
  return { ...known, works }
}

function withLess(work: Work, sku: string, units: number): Work {
  let left = units
  const lines = work.lines.map((line) => {
    if (line.sku !== sku) return line
    const taken = Math.min(left, line.open)
    left -= taken
    return { ...line, open: line.open - taken }
  })
  return { ...work, lines }
}

function withWork(known: Known, work: Work, lines: { sku: Sku }[]): [Known, Found] {
  const works = [work, ...known.works.filter((one) => one.id !== work.id)]
  return [{ ...known, works, skus: merged(known.skus, lines.map((line) => line.sku)) }, { kind: 'work', work }]
}

function ofPurchaseOrder({ id, number, lines }: ScannerPurchaseOrderFragment): Work {
  return { id, kind: 'PurchaseOrder', number, lines: lines.map(({ open, sku }) => ({ open, sku: sku.code })) }
}

function ofBackorder({ id, number, items }: ScannerBackorderFragment): Work {
  return { id, kind: 'Backorder', number, lines: items.map(({ open, sku }) => ({ open, sku: sku.code })) }
}

/** The newest last; the oldest are forgotten first. */
function merged(before: readonly Sku[], told: readonly Sku[]): Sku[] {
  const byCode = new Map(before.map((sku) => [sku.code, sku]))
  for (const { code, name, barcode } of told) {
    byCode.delete(code)
    byCode.set(code, { code, name, barcode })
  }
  return [...byCode.values()].slice(-MOST_SKUS)
}
