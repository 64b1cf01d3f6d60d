import { expect, test } from 'vitest'

import { duration, formatsOf } from './format.ts'

test('durations read as clocks do', () => {
  expect(duration(-5)).toBe('00:00')
  expect(duration(59_400)).toBe('00:59')
  expect(duration(600_000)).toBe('10:00')
  expect(duration(3_849_000)).toBe('1:04:09')
  expect(duration(2 * 86_400_000 + 4 * 3_600_000)).toBe('2d 04:00')
})

test('a day stays the day it is, wherever its reader is', () => {
  expect(formatsOf('en').day('2026-03-31')).toBe('Mar 31')
  expect(formatsOf('ja').day('2026-03-31')).toBe('3月31日')
})

test('numbers are grouped as the language groups them', () => {
  expect(formatsOf('en').number(12_345)).toBe('12,345')
  expect(formatsOf('id').number(12_345)).toBe('12.345')
})
