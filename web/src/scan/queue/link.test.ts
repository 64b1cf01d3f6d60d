import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { Link, type LinkState } from './link.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('without an answer it tries again, less and less often, and says what it is', async () => {
  const states: LinkState[] = []
  const turn = vi.fn(() => Promise.resolve(false))
  const link = new Link(turn, (state) => states.push(state))
  link.wake()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(states).toEqual(['offline'])
  expect(turn.mock.calls.length).toBeGreaterThan(5)
  expect(turn.mock.calls.length).toBeLessThan(10)
  turn.mockImplementation(() => Promise.resolve(true))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(states).toEqual(['offline', 'online'])
})

test('a turn that breaks off, as on a full device, is not the last one', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const states: LinkState[] = []
  const turn = vi.fn(() => Promise.reject<boolean>(new DOMException('no space', 'QuotaExceededError')))
  const link = new Link(turn, (state) => states.push(state))
  link.wake()
  await vi.advanceTimersByTimeAsync(0)
  turn.mockImplementation(() => Promise.resolve(true))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(states).toEqual(['offline', 'online'])
  link.wake()
  await vi.advanceTimersByTimeAsync(0)
  expect(turn).toHaveBeenCalledTimes(3)
})

test('what comes up during a turn is done right after it', async () => {
  let finish = (): void => undefined
  const turn = vi.fn(() => new Promise<boolean>((resolve) => (finish = () => resolve(true))))
  const link = new Link(turn, () => undefined)
  link.wake()
  link.wake()
  link.wake()
  expect(turn).toHaveBeenCalledTimes(1)
  finish()
  await vi.advanceTimersByTimeAsync(0)
  expect(turn).toHaveBeenCalledTimes(2)
})

test('once closed it does nothing any more', async () => {
  const turn = vi.fn(() => Promise.resolve(true))
  const link = new Link(turn, () => undefined)
  link.close()
  link.wake()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(turn).not.toHaveBeenCalled()
})
