import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { cursorOf } from './cursor.ts'
import { newKey } from './key.ts'
import { Pacer } from './pacer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('it works soon after it was asked, and once for all that ask until then', () => {
  const work = vi.fn()
  const pacer = new Pacer(work, { soonMs: 100, everyMs: 700, now: Date.now })
  pacer.ask()
  pacer.ask()
  vi.advanceTimersByTime(99)
  expect(work).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(work).toHaveBeenCalledTimes(1)
})

test('a flood has it work every so often, and the last one is not lost', () => {
  const work = vi.fn()
  const pacer = new Pacer(work, { soonMs: 100, everyMs: 700, now: Date.now })
  for (let ms = 0; ms < 2_000; ms += 10) {
    pacer.ask()
    vi.advanceTimersByTime(10)
  }
  expect(work).toHaveBeenCalledTimes(3)
  vi.advanceTimersByTime(700)
  expect(work).toHaveBeenCalledTimes(4)
  vi.advanceTimersByTime(5_000)
  expect(work).toHaveBeenCalledTimes(4)
})

test('once stopped it does nothing any more', () => {
  const work = vi.fn()
  const pacer = new Pacer(work, { soonMs: 100, everyMs: 700, now: Date.now })
  pacer.ask()
  pacer.stop()
  vi.advanceTimersByTime(1_000)
  expect(work).not.toHaveBeenCalled()
})

test('the cursor of an event is found under any root field', () => {
  expect(cursorOf({ orderChanged: { cursor: 'a', order: { id: '1' } } })).toBe('a')
  expect(cursorOf({ orderChanged: null })).toBeUndefined()
  expect(cursorOf(null)).toBeUndefined()
})

test('keys are long and never the same', () => {
  const keys = new Set(Array.from({ length: 100 }, newKey))
  expect(keys.size).toBe(100)
  expect([...keys].every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true)
})
