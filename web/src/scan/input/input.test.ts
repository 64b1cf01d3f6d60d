import { expect, test } from 'vitest'

import type { Found, Work } from '../remote/known.ts'
import { cleaned, judge, type Judged } from './judge.ts'
import { Sightings } from './sightings.ts'
import { Wedge } from './wedge.ts'

function typed(wedge: Wedge, keys: string[], from: number, every: number): (string | null)[] {
  return keys.map((key, place) => wedge.key(key, from + place * every))
}

test('what is typed within milliseconds and ends with Enter is a code, capitals and all', () => {
  const wedge = new Wedge()
  const keys = ['Shift', 'P', 'Shift', 'O', '-', '1', 'Enter']
  expect(typed(wedge, keys, 0, 8).at(-1)).toBe('PO-1')
})

test('a person who types is no scanner', () => {
  const wedge = new Wedge()
  expect(typed(wedge, ['1', '2', 'Enter'], 0, 120)).toEqual([null, null, null])
  expect(typed(wedge, ['Enter'], 10_000, 0)).toEqual([null])
})

test('a code begins anew after what somebody typed before it', () => {
  const wedge = new Wedge()
  typed(wedge, ['x', 'y'], 0, 10)
  expect(typed(wedge, ['D', '7', 'Enter'], 500, 10).at(-1)).toBe('D7')
})

test('a code in front of the camera is one scan until it has been away for a moment', () => {
  const sightings = new Sightings()
  expect(sightings.fresh(['A'], 0)).toEqual(['A'])
  expect(sightings.fresh(['A', 'B', 'B'], 500)).toEqual(['B'])
  expect(sightings.fresh([], 1_000)).toEqual([])
  expect(sightings.fresh(['A'], 1_600)).toEqual([])
  expect(sightings.fresh(['A'], 4_000)).toEqual(['A'])
})

test('a code is what can be one', () => {
  expect(cleaned('  4006381333931\n')).toBe('4006381333931')
  expect(cleaned(' ')).toBeNull()
  expect(cleaned('a\0b')).toBeNull()
  expect(cleaned('x'.repeat(256))).toBeNull()
})

const order: Work = { id: '1', kind: 'PurchaseOrder', number: 'PO-1', lines: [{ sku: 'TEA', open: 3 }] }
const backorder: Work = { id: '2', kind: 'Backorder', number: 'B2', lines: [] }
const tea: Found = { kind: 'sku', sku: { code: 'TEA', name: 'Tea', barcode: null } }
const cup: Found = { kind: 'sku', sku: { code: 'CUP', name: 'Cup', barcode: null } }

function judged(mode: 'RECEIVE' | 'FILL' | 'PACK' | 'COUNT', code: string, found?: Found, more: object = {}): Judged {
  return judge({ mode, code, found, current: null, center: 'BER', unsent: () => 0, ...more })
}

test('a document is chosen in the mode that works on it, and is wrong in another one', () => {
  expect(judged('RECEIVE', 'PO-1', { kind: 'work', work: order })).toEqual({ kind: 'choose', work: order })
  expect(judged('FILL', 'B2', { kind: 'work', work: backorder })).toEqual({ kind: 'choose', work: backorder })
  expect(judged('FILL', 'PO-1', { kind: 'work', work: order })).toMatchObject({ kind: 'wrong', why: 'otherMode' })
})

test('goods take a document first, and a count a distribution center', () => {
  expect(judged('RECEIVE', 'TEA', tea)).toMatchObject({ kind: 'wrong', why: 'chooseFirst' })
  expect(judged('RECEIVE', 'X')).toMatchObject({ kind: 'wrong', why: 'unknownDocument' })
  expect(judged('COUNT', 'TEA', tea, { center: null })).toMatchObject({ kind: 'wrong', why: 'chooseCenter' })
  expect(judged('COUNT', 'TEA', tea)).toMatchObject({ kind: 'record', doubt: null })
})

test('what seems wrong as far as this device knows is recorded with a doubt: the server decides', () => {
  expect(judged('RECEIVE', 'TEA', tea, { current: order })).toMatchObject({ kind: 'record', doubt: null })
  expect(judged('RECEIVE', 'TEA', tea, { current: order, unsent: () => 3 })).toMatchObject({ doubt: 'moreThanOpen' })
  expect(judged('RECEIVE', 'CUP', cup, { current: order })).toMatchObject({ doubt: 'notOnDocument' })
  expect(judged('RECEIVE', 'X', undefined, { current: order })).toMatchObject({ kind: 'record', sku: null })
})

test('what the server says is nothing is nothing, and only a dispatch is packed', () => {
  expect(judged('COUNT', 'X', { kind: 'nothing' })).toMatchObject({ kind: 'wrong', why: 'nothing' })
  expect(judged('PACK', 'd12')).toMatchObject({ kind: 'record' })
  expect(judged('PACK', 'D2-17')).toMatchObject({ kind: 'record' })
  expect(judged('PACK', 'D2-')).toMatchObject({ kind: 'wrong', why: 'notDispatch' })
  expect(judged('PACK', 'PO-1')).toMatchObject({ kind: 'wrong', why: 'notDispatch' })
})
