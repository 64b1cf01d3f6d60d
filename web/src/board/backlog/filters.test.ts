import { expect, test } from 'vitest'

import { backlogFilter, filtersOf, queryOf, selectionFilter } from './filters.ts'

test('an address keeps the filters, and says nothing of those that are as they are anyway', () => {
  expect(queryOf(filtersOf({}))).toBe('')
  const filters = filtersOf({ from: '2026-03-01', condition: 'NOT_YET_PACKED', sort: 'STORE', order: 'up', invoice: 'A&B' })
  const query = queryOf(filters)
  expect(query).toBe('?from=2026-03-01&invoice=A%26B&condition=NOT_YET_PACKED&sort=STORE&order=up')
  expect(filtersOf(Object.fromEntries(new URLSearchParams(query)))).toEqual(filters)
})

test('what nobody can mean is left out', () => {
  expect(filtersOf({ from: 'yesterday', condition: 'X', sort: 'Y' })).toEqual(filtersOf({}))
})

test('both days are included, whatever the reader’s time zone', () => {
  const filter = backlogFilter(filtersOf({ from: '2026-03-01', until: '2026-03-01' }))
  const [from, until] = [filter.from, filter.until].map((one) => new Date(String(one)))
  expect(from?.getDate()).toBe(1)
  expect(Number(until) - Number(from)).toBe(86_400_000)
})

test('all that match are those the dashboard shows', () => {
  const window = { from: '2026-03-01T00:00:00Z', until: '2026-03-05T00:00:00Z' }
  expect(selectionFilter(filtersOf({ store: 'S', invoice: 'INV-1' }), window)).toEqual({
    status: ['CREATE', 'OC_CONFIRMED', 'COMMIT', 'PARTIALLY_CANCELLED', 'CANCELLED'],
    orderedFrom: window.from,
    orderedUntil: window.until,
    invoiceNumber: 'INV-1',
    condition: null,
    distributionCenter: null,
    store: 'S',
  })
})
