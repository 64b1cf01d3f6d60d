import { expect, test } from 'vitest'

import { countOf, EVERYTHING, isSelected, NOTHING, select, selectionOf } from './selection.ts'

test('some are selected one by one', () => {
  const some = select(select(NOTHING, ['a', 'b', 'c'], true), ['b'], false)
  expect(['a', 'b', 'c', 'd'].map((id) => isSelected(some, id))).toEqual([true, false, true, false])
  expect(countOf(some, 10)).toBe(2)
  expect(selectionOf(some, {})).toEqual({ ids: ['a', 'c'] })
})

test('of all that match some are left out, and taken in again', () => {
  const most = select(select(EVERYTHING, ['a', 'b'], false), ['b'], true)
  expect(['a', 'b', 'z'].map((id) => isSelected(most, id))).toEqual([false, true, true])
  expect(countOf(most, 10)).toBe(9)
  expect(selectionOf(most, { search: 'S' })).toEqual({ filter: { filter: { search: 'S' }, except: ['a'] } })
  expect(selectionOf(EVERYTHING, {})).toEqual({ filter: { filter: {}, except: null } })
})
