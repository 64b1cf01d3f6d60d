import { expect, test } from 'vitest'

import { nameOf } from './disposition.ts'

test.each([
  ['attachment; filename="backordering.csv"', 'backordering.csv'],
  ["inline; filename*=UTF-8''order-SO%201.pdf", 'order-SO 1.pdf'],
  ['attachment', undefined],
  [null, undefined],
])('%s names %s', (disposition, name) => {
  expect(nameOf(disposition)).toBe(name)
})
