/**
 * The queue: every scan from the moment it is recorded until nobody needs it any more.
 *
 * Each change is one transaction that looks again at what it changes: whoever edits a scan and whoever sends it can't
 * both have it. Pages of one device share the queue and tell each other.
 */
import type { ScannerDatabase } from './database.ts'
import { isOnlyHere, isRejected, isUnsettled, withQuantity, type NewScan, type Scan } from './scan.ts'

/** What became of a scan, as the server says it. */
export interface Settled {
  key: string
  outcome: 'SUCCEEDED' | 'SKIPPED' | 'FAILED'
  error?: { code: string; message: string } | null | undefined
}

const STATES = { SUCCEEDED: 'done', SKIPPED: 'skipped', FAILED: 'failed' } as const
const SETTLED_KEPT = 100
const STRICT = { durability: 'strict' } as const

export class Queue {
  #database: ScannerDatabase
  #listeners = new Set<() => void>()
  #pages: BroadcastChannel | undefined

  constructor(database: ScannerDatabase) {
    this.#database = database
    if (typeof BroadcastChannel !== 'undefined') {
      this.#pages = new BroadcastChannel('backfill-scanner')
      this.#pages.onmessage = () => this.#tell()
    }
  }

  /** Call `listener` after each change, in this page or another; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#pages?.close()
  }

  /** Every scan of the client, oldest first. */
  async all(client: string): Promise<Scan[]> {
    return (await this.#database.getAll('scans')).filter((scan) => scan.client === client)
  }

  /** How many scans of other clients wait for somebody who signs in there. */
  async waitingElsewhere(client: string): Promise<number> {
    const scans = await this.#database.getAll('scans')
    return scans.filter((scan) => scan.client !== client && isUnsettled(scan)).length
  }

  /** Record a scan; whatever was held back before it is released. Answers when it is on the disk. */
  async add(scan: NewScan): Promise<Scan> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    await release(transaction.store, () => true)
    // The database gives it its place.
    const place = await transaction.store.add({ ...scan, triedAt: null, error: null } as Scan)
    await transaction.done
    this.#changed()
    return { ...scan, place, triedAt: null, error: null }
  }

  /** Change the quantity of a scan that only this device knows; answers whether it was still possible. */
  async setQuantity(place: number, quantity: number): Promise<boolean> {
    return this.#change(place, (scan) => withQuantity(scan, quantity, new Date()))
  }

  /** The same, by so many more or fewer than it is by then: of two quick touches, both count. */
  async addQuantity(place: number, more: number): Promise<boolean> {
    return this.#change(place, (scan) => withQuantity(scan, scan.quantity + more, new Date()))
  }

  /** Remove a scan that only this device knows; answers whether it was still possible. */
  async remove(place: number): Promise<boolean> {
    return this.#change(place, () => null)
  }

  /** Stop holding scans back: all of them, or those that `which` names. */
  async release(which: (scan: Scan) => boolean = () => true): Promise<void> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    const released = await release(transaction.store, which)
    await transaction.done
    if (released > 0) this.#changed()
  }

  /**
   * Record a scan that was not applied anew, and take the old one off the list; answers whether it was still there.
   *
   * `key` and `by` are those of the new one: the old key has its answer for good.
   */
  async again(place: number, anew: Pick<NewScan, 'key' | 'by'>): Promise<boolean> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    const scan = await transaction.store.get(place)
    // Touched twice, it is no longer there the second time: it would be applied twice.
    const possible = scan !== undefined && isRejected(scan)
    if (possible) {
      await release(transaction.store, () => true)
      const { client, action, code, name, quantity, document, center, scannedAt } = scan
      const kept = { client, action, code, name, quantity, document, center, scannedAt }
      await transaction.store.add({ ...kept, ...anew, state: 'waiting', triedAt: null, error: null } as Scan)
      await transaction.store.delete(place)
    }
    await transaction.done
    this.#changed()
    return possible
  }

  /** Take a scan that was answered off the list. */
  async dismiss(place: number): Promise<void> {
    const transaction = this.#database.transaction('scans', 'readwrite')
    const scan = await transaction.store.get(place)
    if (scan && !isUnsettled(scan)) await transaction.store.delete(place)
    await transaction.done
    this.#changed()
  }

  /**
   * The oldest scans to be sent, `most` at most, marked as sent before they are.
   *
   * Those first sent before `forgottenBefore` (milliseconds) become unclear instead: the server may have forgotten by
   * then that it applied them.
   */
  async take(client: string, most: number, now: number, forgottenBefore: number): Promise<Scan[]> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    const taken: Scan[] = []
    for await (const cursor of transaction.store) {
      const scan = cursor.value
      if (scan.client !== client || scan.state !== 'waiting') continue
      if (scan.triedAt !== null && scan.triedAt < forgottenBefore) {
        await cursor.update({ ...scan, state: 'unclear' })
        continue
      }
      if (taken.length === most) break
      taken.push(scan)
      if (scan.triedAt === null) await cursor.update({ ...scan, triedAt: now })
    }
    await transaction.done
    if (taken.length > 0) this.#changed()
    return taken
  }

  /** The server has not looked at these scans, which `take` gave: they are as they were before. */
  async untake(taken: readonly Scan[]): Promise<void> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    for (const { place, triedAt } of taken) {
      const scan = await transaction.store.get(place)
      if (scan?.state === 'waiting') await transaction.store.put({ ...scan, triedAt })
    }
    await transaction.done
    this.#changed()
  }

  /** Keep the server's answers, and forget old scans that were applied. Answers the scans as they are now. */
  async settle(answers: readonly Settled[]): Promise<Scan[]> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    const byKey = transaction.store.index('key')
    const settled: Scan[] = []
    for (const { key, outcome, error } of answers) {
      const scan = await byKey.get(key)
      if (scan?.state !== 'waiting') continue
      const now: Scan = { ...scan, state: STATES[outcome], error: error ?? null }
      await transaction.store.put(now)
      settled.push(now)
    }
    const done = (await transaction.store.getAll()).filter((scan) => scan.state === 'done')
    for (const { place } of done.slice(0, Math.max(0, done.length - SETTLED_KEPT))) await transaction.store.delete(place)
    await transaction.done
    this.#changed()
    return settled
  }

  async #change(place: number, to: (scan: Scan) => Scan | null): Promise<boolean> {
    const transaction = this.#database.transaction('scans', 'readwrite', STRICT)
    const scan = await transaction.store.get(place)
    const possible = scan !== undefined && isOnlyHere(scan)
    if (possible) {
      const changed = to(scan)
      await (changed ? transaction.store.put(changed) : transaction.store.delete(place))
    }
    await transaction.done
    this.#changed()
    return possible
  }

  #changed(): void {
    this.#pages?.postMessage('changed')
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

interface ScanStore {
  getAll: () => Promise<Scan[]>
  put: (scan: Scan) => Promise<number>
}

async function release(store: ScanStore, which: (scan: Scan) => boolean): Promise<number> {
  const held = (await store.getAll()).filter((scan) => scan.state === 'open' && which(scan))
  for (const scan of held) await store.put({ ...scan, state: 'waiting' })
  return held.length
}
