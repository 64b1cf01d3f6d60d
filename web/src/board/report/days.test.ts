import { expect, test } from 'vitest'

import { daysBetween, lastDays, scaleTo } from './days.ts'

test('the last days end today and are so many', () => {
  const { from, until } = lastDays(30, Date.UTC(2026, 2, 1, 23, 59))
  expect([from, until]).toEqual(['2026-01-31', '2026-03-01'])
  expect(daysBetween(from, until)).toHaveLength(30)
})

test('days run through the ends of months, and backwards there are none', () => {
  expect(daysBetween('2026-02-27', '2026-03-02')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'])
  expect(daysBetween('2026-03-02', '2026-03-01')).toEqual([])
})

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [7, [0, 5, 10]],
  [60, [0, 20, 40, 60]],
  [1234, [0, 500, 1000, 1500]],
])('a scale to %i is %j', (most, scale) => {
  expect(scaleTo(most)).toEqual(scale)
})
