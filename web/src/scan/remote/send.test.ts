import { afterEach, expect, test, vi } from 'vitest'

import type { ScanInput } from '../../api/operations.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what the clock shows is told at each sending anew, and the scans are the same to the letter', async () => {
  const sent: { scans: ScanInput[]; sentAt: string }[] = []
  vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
    sent.push((JSON.parse(body) as { variables: { scans: ScanInput[]; sentAt: string } }).variables)
    return Promise.reject(new TypeError('no network'))
  })
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('localStorage', { getItem: () => null })
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  const { sendScans } = await import('./send.ts')
  const scans: ScanInput[] = [
    { key: '1', action: 'COUNT', code: 'TEA', quantity: 3, scannedAt: '2026-11-22T07:00:00.000Z' },
  ]
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T08:00:00Z') })
  expect(await sendScans(scans)).toEqual({ kind: 'unanswered' })
  vi.setSystemTime(new Date('2026-11-22T09:30:00Z'))
  await sendScans(scans)
  expect(sent).toEqual([
    { scans, sentAt: '2026-11-22T08:00:00.000Z' },
    { scans, sentAt: '2026-11-22T09:30:00.000Z' },
  ])
})
