import { expect, test } from 'vitest'

import type { Scan } from '../queue/scan.ts'
import { fingerprint } from './fingerprint.ts'
import { lookUp, unitsOpen, withDocuments, withFound, withoutApplied, type Known } from './known.ts'

const start = {
  viewer: { role: 'SCANNER' as const, name: 'Ana' },
  client: { id: 'client-1', code: 'DEMO', name: 'Demo' },
  distributionCenters: [],
}
const nobody: Known = { start, works: [], skus: [] }
const tea = { code: 'TEA', name: 'Tea', barcode: '4006381333931' }
const told = {
  purchaseOrders: { nodes: [{ id: 'po-1', number: 'PO-1', lines: [{ open: 2, sku: tea }, { open: 3, sku: tea }] }] },
  backorders: { nodes: [{ id: 'b-7', number: 'B7', items: [{ open: 1, sku: tea }] }] },
}

test('SKUs are found by barcode and code, documents by number, a Backorder in either case', () => {
  const known = withDocuments(nobody, told, [])
  expect(lookUp(known, '4006381333931')).toEqual({ kind: 'sku', sku: tea })
  expect(lookUp(known, 'TEA')).toEqual({ kind: 'sku', sku: tea })
  expect(lookUp(known, 'PO-1')).toMatchObject({ kind: 'work', work: { id: 'po-1' } })
  expect(lookUp(known, 'po-1')).toBeUndefined()
  expect(lookUp(known, 'b7')).toMatchObject({ kind: 'work', work: { id: 'b-7' } })
})

test('what was applied is no longer open', () => {
  const known = withDocuments(nobody, told, [])
  const scan = { state: 'done', code: '4006381333931', quantity: 4, document: { id: 'po-1', number: 'PO-1' } } as Scan
  const [order] = withoutApplied(known, [scan, { ...scan, state: 'failed' }]).works
  expect(order?.lines.map(({ open }) => open)).toEqual([0, 1])
  expect(order && unitsOpen(order)).toBe(1)
})

test('the document that is worked on stays known when the server lists others', () => {
  const [known] = withFound(nobody, { __typename: 'PurchaseOrder', id: 'po-9', number: 'PO-9', lines: [] })
  expect(withDocuments(known, told, ['po-9']).works.map(({ id }) => id)).toEqual(['po-9', 'po-1', 'b-7'])
  expect(withDocuments(known, told, []).works.map(({ id }) => id)).toEqual(['po-1', 'b-7'])
})

test('tokens are told apart without being kept', () => {
  expect(fingerprint('token-a')).not.toBe(fingerprint('token-b'))
  expect(fingerprint('token-a')).toMatch(/^[0-9a-f]{1,8}$/)
})
