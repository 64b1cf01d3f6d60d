import 'fake-indexeddb/auto'

import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { newKey } from '../../api/key.ts'
import type { ScanInput } from '../../api/operations.ts'
import { openDatabase, type ScannerDatabase } from './database.ts'
import { Queue } from './queue.ts'
import { replay, type Sent } from './replay.ts'
import type { NewScan, Scan } from './scan.ts'

const NOW = 1_800_000_000_000
const DAY_MS = 86_400_000

let database: ScannerDatabase
let queue: Queue

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory()
  database = await openDatabase()
  queue = new Queue(database)
})

afterEach(() => void vi.useRealTimers())

function scan(code: string, more: Partial<NewScan> = {}): NewScan {
  return {
    key: newKey(),
    client: 'client-1',
    by: 'Ana',
    action: 'RECEIVE',
    code,
    name: null,
    quantity: 1,
    document: { id: 'po-1', number: 'PO-1' },
    center: null,
    scannedAt: '2026-11-22T08:00:00.000Z',
    state: 'waiting',
    ...more,
  }
}

/** A server that applies each key once, and does with its answers what a test wants. */
class Server {
  applied = new Map<string, ScanInput>()
  received: string[][] = []
  answers: ((scans: ScanInput[]) => Sent)[] = []

  send = (scans: ScanInput[]): Promise<Sent> => {
    this.received.push(scans.map(({ code }) => code))
    const answer = this.answers.shift() ?? this.apply
    return Promise.resolve(answer(scans))
  }

  apply = (scans: ScanInput[]): Sent => {
    for (const one of scans) {
      const before = this.applied.get(one.key)
      // Sent again, a scan has to be the very same.
      if (before) expect(one).toEqual(before)
      this.applied.set(one.key, one)
    }
    return { kind: 'answered', scans: scans.map(({ key }) => ({ key, outcome: 'SUCCEEDED' as const })) }
  }

  applyAndLoseTheAnswer = (scans: ScanInput[]): Sent => {
    this.apply(scans)
    return { kind: 'unanswered' }
  }
}

function replayed(server: Server, { now = NOW, settled = [] as Scan[] } = {}) {
  return replay({
    queue,
    client: 'client-1',
    send: server.send,
    now: () => now,
    onSettled: (scans) => settled.push(...scans),
  })
}

const states = async (): Promise<string[]> => (await queue.all('client-1')).map(({ state }) => state)

test('scans are sent in the order of recording, and answered one by one', async () => {
  for (const code of ['A', 'B', 'C']) await queue.add(scan(code))
  const server = new Server()
  const settled: Scan[] = []
  expect(await replayed(server, { settled })).toBe('empty')
  expect(server.received).toEqual([['A', 'B', 'C']])
  expect(settled.map(({ code, state }) => [code, state])).toEqual([
    ['A', 'done'],
    ['B', 'done'],
    ['C', 'done'],
  ])
})

test('a lost answer is asked for again under the same keys, and nothing is applied twice', async () => {
  for (const code of ['A', 'B']) await queue.add(scan(code))
  const server = new Server()
  server.answers = [server.applyAndLoseTheAnswer]
  expect(await replayed(server)).toBe('unanswered')
  expect(await states()).toEqual(['waiting', 'waiting'])
  expect(await replayed(server)).toBe('empty')
  expect(server.received).toEqual([
    ['A', 'B'],
    ['A', 'B'],
  ])
  expect(server.applied.size).toBe(2)
  expect(await states()).toEqual(['done', 'done'])
})

test('after a crash between sending and the answer the same scans are sent again', async () => {
  await queue.add(scan('A'))
  const server = new Server()
  server.answers = [server.applyAndLoseTheAnswer]
  await replayed(server)
  database.close()
  database = await openDatabase()
  queue = new Queue(database)
  expect(await replayed(server)).toBe('empty')
  expect(server.applied.size).toBe(1)
})

test('what was sent can no longer be changed or removed, and what was not can', async () => {
  const sent = await queue.add(scan('A', { quantity: 2 }))
  const server = new Server()
  server.answers = [() => ({ kind: 'unanswered' })]
  await replayed(server)
  const here = await queue.add(scan('B'))
  expect(await queue.setQuantity(sent.place, 9)).toBe(false)
  expect(await queue.remove(sent.place)).toBe(false)
  expect(await queue.setQuantity(here.place, 9)).toBe(true)
  expect((await queue.all('client-1')).map(({ quantity }) => quantity)).toEqual([2, 9])
  expect(await queue.remove(here.place)).toBe(true)
  expect(await queue.all('client-1')).toHaveLength(1)
})

test('what the server has not looked at is as it was: a token that may not scan keeps nothing from being undone', async () => {
  const recorded = await queue.add(scan('A'))
  const server = new Server()
  server.answers = [() => ({ kind: 'forbidden' })]
  expect(await replayed(server)).toBe('forbidden')
  expect(await queue.remove(recorded.place)).toBe(true)
})

test('what a server of another version does not understand waits for one that does', async () => {
  for (const code of ['A', 'B']) await queue.add(scan(code))
  const server = new Server()
  server.answers = [() => ({ kind: 'misunderstood' })]
  expect(await replayed(server)).toBe('misunderstood')
  expect(await states()).toEqual(['waiting', 'waiting'])
  expect(await replayed(server)).toBe('empty')
  expect(server.received).toEqual([
    ['A', 'B'],
    ['A', 'B'],
  ])
  expect(await states()).toEqual(['done', 'done'])
})

test('a scan is held back until it is released or another one is recorded', async () => {
  await queue.add(scan('A', { state: 'open' }))
  const server = new Server()
  expect(await replayed(server)).toBe('empty')
  expect(server.received).toEqual([])
  await queue.add(scan('B', { state: 'open' }))
  await replayed(server)
  expect(server.received).toEqual([['A']])
  await queue.release()
  await replayed(server)
  expect(server.received).toEqual([['A'], ['B']])
})

test('a request that is refused as a whole is sent scan by scan, and only the one at fault fails', async () => {
  for (const code of ['A', 'B', 'C']) await queue.add(scan(code))
  const server = new Server()
  const error = { code: 'INVALID_INPUT', message: 'B is impossible.' }
  const refuseB = (scans: ScanInput[]): Sent =>
    scans.some(({ code }) => code === 'B') ? { kind: 'refused', error } : server.apply(scans)
  server.answers = [refuseB, refuseB, refuseB, refuseB]
  expect(await replayed(server)).toBe('empty')
  expect(server.received).toEqual([['A', 'B', 'C'], ['A'], ['B'], ['C']])
  expect(await states()).toEqual(['done', 'failed', 'done'])
  expect((await queue.all('client-1'))[1]?.error).toEqual(error)
})

test('rejections stay until somebody is done with them', async () => {
  const recorded = await queue.add(scan('A'))
  const server = new Server()
  const error = { code: 'NOT_FOUND', message: 'There is no SKU with the barcode A.' }
  server.answers = [(scans) => ({ kind: 'answered', scans: scans.map(({ key }) => ({ key, outcome: 'FAILED', error })) })]
  await replayed(server)
  await replayed(server)
  expect(await queue.all('client-1')).toMatchObject([{ state: 'failed', error }])
  await queue.dismiss(recorded.place)
  expect(await queue.all('client-1')).toEqual([])
})

test('a rejected scan is tried again once, however often its button is touched', async () => {
  const recorded = await queue.add(scan('A', { quantity: 3 }))
  const server = new Server()
  const error = { code: 'INVALID_INPUT', message: '2 units are open.' }
  server.answers = [(scans) => ({ kind: 'answered', scans: scans.map(({ key }) => ({ key, outcome: 'FAILED', error })) })]
  await replayed(server)
  const touches = [1, 2].map(() => queue.again(recorded.place, { key: newKey(), by: 'Bo' }))
  expect(await Promise.all(touches)).toEqual([true, false])
  await replayed(server)
  expect(server.received).toEqual([['A'], ['A']])
  expect([...server.applied.values()].map(({ quantity }) => quantity)).toEqual([3])
  const [again, another] = await queue.all('client-1')
  expect(again).toMatchObject({ code: 'A', by: 'Bo', state: 'done' })
  expect(again?.key).not.toBe(recorded.key)
  expect(another).toBeUndefined()
})

test('a scan sent long ago without an answer is not sent again: the server may have forgotten that it applied it', async () => {
  await queue.add(scan('A'))
  await queue.add(scan('B'))
  const server = new Server()
  server.answers = [server.applyAndLoseTheAnswer]
  await replayed(server)
  await queue.add(scan('C'))
  expect(await replayed(server, { now: NOW + 7 * DAY_MS })).toBe('empty')
  expect(server.received).toEqual([['A', 'B'], ['C']])
  expect(await states()).toEqual(['unclear', 'unclear', 'done'])
})

test('scans of another client wait for somebody who signs in there', async () => {
  await queue.add(scan('A', { client: 'client-2' }))
  const server = new Server()
  await replayed(server)
  expect(server.received).toEqual([])
  expect(await queue.waitingElsewhere('client-1')).toBe(1)
  expect(await queue.all('client-1')).toEqual([])
})

test('a long queue is sent in parts', async () => {
  for (let number = 0; number < 120; number += 1) await queue.add(scan(`C-${number}`))
  const server = new Server()
  expect(await replayed(server)).toBe('empty')
  expect(server.received.map((codes) => codes.length)).toEqual([50, 50, 20])
  // Of what was applied, the last hundred are shown.
  expect(await queue.all('client-1')).toHaveLength(100)
})

test('an answer about something else ends the turn instead of asking for ever', async () => {
  await queue.add(scan('A'))
  const server = new Server()
  server.answers = [() => ({ kind: 'answered', scans: [] })]
  expect(await replayed(server)).toBe('unanswered')
  expect(server.received).toHaveLength(1)
})

test('of two quick touches both count', async () => {
  const received = await queue.add(scan('A'))
  await Promise.all([queue.addQuantity(received.place, 1), queue.addQuantity(received.place, 1)])
  expect((await queue.all('client-1')).map(({ quantity }) => quantity)).toEqual([3])
})

test('a quantity is within what the server takes', async () => {
  const received = await queue.add(scan('A'))
  const counted = await queue.add(scan('B', { action: 'COUNT' }))
  await queue.setQuantity(received.place, 0)
  await queue.setQuantity(counted.place, 0)
  expect((await queue.all('client-1')).map(({ quantity }) => quantity)).toEqual([1, 0])
  await queue.setQuantity(received.place, 5e9)
  await queue.setQuantity(counted.place, Number.NaN)
  expect((await queue.all('client-1')).map(({ quantity }) => quantity)).toEqual([1_000_000, 0])
})

test('a count is of the moment its quantity was set last, and corrected later it stays of that moment', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T08:10:00Z') })
  const count = await queue.add(scan('A', { action: 'COUNT', state: 'open' }))
  await queue.addQuantity(count.place, 1)
  vi.setSystemTime(new Date('2026-11-22T08:20:00Z'))
  await queue.setQuantity(count.place, 12)
  await queue.release()
  vi.setSystemTime(new Date('2026-11-22T09:00:00Z'))
  await queue.setQuantity(count.place, 21)
  expect(await queue.all('client-1')).toMatchObject([{ quantity: 21, scannedAt: '2026-11-22T08:20:00.000Z' }])
})

test('goods came when they were scanned, however often their quantity is set', async () => {
  const received = await queue.add(scan('A', { state: 'open' }))
  await queue.setQuantity(received.place, 4)
  expect(await queue.all('client-1')).toMatchObject([{ quantity: 4, scannedAt: received.scannedAt }])
})
