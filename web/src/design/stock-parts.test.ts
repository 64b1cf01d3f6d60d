import { expect, test } from 'vitest'

import { stockParts } from './stock-parts.ts'

const line = { requested: 10, cancelled: 1, open: 6, backOrderedQty: 4, available: 5, incoming: 3 }

test('the parts of the bar add up to what is wanted', () => {
  expect(stockParts(line)).toEqual({ fulfilled: 3, available: 2, incoming: 3, short: 1 })
})

test('what is covered is neither incoming nor short, however much comes', () => {
  expect(stockParts({ ...line, backOrderedQty: 0, incoming: 50 })).toEqual({
    fulfilled: 3,
    available: 6,
    incoming: 0,
    short: 0,
  })
})

test('units that are no longer open are not counted as back-ordered', () => {
  expect(stockParts({ ...line, open: 0 })).toEqual({ fulfilled: 9, available: 0, incoming: 0, short: 0 })
})
