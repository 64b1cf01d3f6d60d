/**
 * The device: takes codes, records what they mean, sends it, and says what is going on.
 *
 * Codes are taken one after the other, in the order in which they were read. What is shown is a snapshot.
 */
import {
  ScannerDocumentsDocument,
  ScannerLookupDocument,
  ScannerPingDocument,
  type ScanAction,
} from '../api/operations.ts'
import { newKey } from '../api/key.ts'
import { cleaned, judge, needsLookup, type Wrong } from './input/judge.ts'
import { lookForUpdate } from './offline/register.ts'
import type { Sound } from './parts/sounds.ts'
import { keep, kept, type ScannerDatabase } from './queue/database.ts'
import { Link, type LinkState } from './queue/link.ts'
import { Queue } from './queue/queue.ts'
import { replay, type Replayed } from './queue/replay.ts'
import { isOnlyHere, isUnsettled, takesQuantity, type Scan } from './queue/scan.ts'
import { ask } from './remote/ask.ts'
import { keepKnown, learnIdentity } from './remote/identity.ts'
import { lookUp, withDocuments, withFound, withoutApplied, type Found, type Known, type Work } from './remote/known.ts'
import { sendScans } from './remote/send.ts'

/** What the device says last. */
export type Said =
  | { kind: 'recorded' | 'removed'; scan: Scan }
  | { kind: 'doubt'; scan: Scan; doubt: 'notOnDocument' | 'moreThanOpen' }
  | { kind: 'settled'; scans: Scan[] }
  | { kind: 'chosen'; work: Work }
  | { kind: 'wrong'; why: Wrong; what: string }
  | { kind: 'tooLate' | 'notSaved' }

export interface Snapshot {
  known: Known
  scans: Scan[]
  /** How many scans of other clients wait on this device. */
  elsewhere: number
  link: LinkState
  mode: ScanAction
  /** The id of the document that is worked on, by mode. */
  current: Partial<Record<ScanAction, string>>
  center: string | null
  said: Said | null
  /** The token may not scan. */
  forbidden: boolean
  /** The server is of another version than this page, and does not understand it. */
  misunderstood: boolean
}

export interface DeviceEvents {
  onSnapshot: (snapshot: Snapshot) => void
  onSound: (sound: Sound) => void
  /** The token is not valid any more. */
  onRefused: () => void
}

type Place = Pick<Snapshot, 'mode' | 'current' | 'center'>

/** How long a scan's quantity may be changed before it is sent. */
const HOLD_MS = 4_000
const LOOKUP_PATIENCE_MS = 2_500
const LEARN_EVERY_MS = 60_000
const DOCUMENTS = 100

export class Device {
  #database: ScannerDatabase
  #token: string
  #events: DeviceEvents
  #queue: Queue
  #link: Link
  #now: Snapshot
  #hold: ReturnType<typeof setTimeout> | undefined
  #learnedAt = Number.NEGATIVE_INFINITY
  #codes: Promise<void> = Promise.resolve()

  private constructor(database: ScannerDatabase, token: string, now: Snapshot, events: DeviceEvents) {
    this.#database = database
    this.#token = token
    this.#now = now
    this.#events = events
    this.#queue = new Queue(database)
    this.#queue.onChange(() => void this.#read())
    this.#link = new Link(
      () => this.#turn(),
      (link) => this.#show({ link }),
    )
  }

  /** A device for whoever `known` says is signed in with this token. */
  static async open(
    database: ScannerDatabase,
    { token, known, events }: { token: string; known: Known; events: DeviceEvents },
  ): Promise<Device> {
    const place = await kept<Place>(database, placeOf(known))
    const centers = known.start.distributionCenters
    const now: Snapshot = {
      known,
      scans: [],
      elsewhere: 0,
      link: 'connecting',
      mode: place?.mode ?? 'RECEIVE',
      current: place?.current ?? {},
      center: place?.center ?? (centers.length === 1 ? (centers[0]?.code ?? null) : null),
      said: null,
      forbidden: false,
      misunderstood: false,
    }
    const device = new Device(database, token, now, events)
    // Nobody is setting the quantity of what was held back when the page went away; a count is not finished, though.
    await device.#queue.release((scan) => scan.action !== 'COUNT')
    await device.#read()
    device.wake()
    return device
  }

  close(): void {
    clearTimeout(this.#hold)
    this.#link.close()
    this.#queue.close()
  }

  /** The network may be back, or the device was woken up. */
  wake(): void {
    this.#link.wake()
  }

  /** The device says that it has no network. */
  lost(): void {
    this.#link.lost()
    this.#link.wake()
  }

  /** A code was read, by whatever read it. Resolves when it is recorded or refused. */
  scanned(text: string): Promise<void> {
    // What it means depends on what was being done when it was read, not when its turn comes.
    const { mode } = this.#now
    this.#codes = this.#codes.then(() => this.#take(text, mode)).catch(() => this.#say({ kind: 'notSaved' }, 'wrong'))
    return this.#codes
  }

  async setMode(mode: ScanAction): Promise<void> {
    if (mode === this.#now.mode) return
    await Promise.all([this.#go({ mode, said: null }), this.finish()])
  }

  async setCenter(center: string): Promise<void> {
    this.#learnedAt = Number.NEGATIVE_INFINITY
    await Promise.all([this.#go({ center, current: {}, said: null }), this.finish()])
    this.wake()
  }

  async choose(work: Work, mode: ScanAction = this.#now.mode): Promise<void> {
    await Promise.all([this.#go({ current: { ...this.#now.current, [mode]: work.id } }), this.finish()])
    this.#say({ kind: 'chosen', work }, 'chosen')
  }

  /** Send what is held back. */
  async finish(): Promise<void> {
    clearTimeout(this.#hold)
    await this.#queue.release()
    this.wake()
  }

  /** The quantity is being typed: that takes as long as it takes. */
  wait(): void {
    clearTimeout(this.#hold)
  }

  /** The quantity was typed, or left as it was. */
  async setQuantity(scan: Scan, quantity: number): Promise<void> {
    this.#holdBack(scan.action)
    if (quantity !== scan.quantity) this.#inTime(await this.#queue.setQuantity(scan.place, quantity))
  }

  async addQuantity(scan: Scan, more: number): Promise<void> {
    this.#holdBack(scan.action)
    this.#inTime(await this.#queue.addQuantity(scan.place, more))
  }

  async undo(scan: Scan): Promise<void> {
    const removed = await this.#queue.remove(scan.place)
    this.#say(removed ? { kind: 'removed', scan } : { kind: 'tooLate' }, removed ? 'chosen' : 'doubt')
  }

  async dismiss(scan: Scan): Promise<void> {
    await this.#queue.dismiss(scan.place)
  }

  /** Record a scan that was not applied anew. */
  async again(scan: Scan): Promise<void> {
    await this.#queue.again(scan.place, { key: newKey(), by: this.#now.known.start.viewer.name })
    this.wake()
  }

  async #take(text: string, mode: ScanAction): Promise<void> {
    const code = cleaned(text)
    if (code === null) {
      this.#say({ kind: 'wrong', why: 'unreadable', what: text }, 'wrong')
      return
    }
    // Another page of this device may have changed the queue, and the last scan may not be shown yet.
    await this.#read()
    const { center } = this.#now
    const found = needsLookup(mode) ? await this.#find(code) : undefined
    const current = this.#current(mode)
    const judged = judge({ mode, code, found, current, center, unsent: (sku) => this.#unsent(current, sku) })
    if (judged.kind === 'wrong') this.#say({ kind: 'wrong', why: judged.why, what: judged.what }, 'wrong')
    else if (judged.kind === 'choose') await this.choose(judged.work, mode)
    else {
      const counting = mode === 'COUNT' ? this.#counting(code, judged.sku?.code) : undefined
      if (counting && (await this.#queue.addQuantity(counting.place, 1))) {
        this.#say({ kind: 'recorded', scan: { ...counting, quantity: counting.quantity + 1 } }, 'recorded')
        return
      }
      const scan = await this.#record({ mode, code, name: judged.sku?.name ?? null, current })
      if (judged.doubt) this.#say({ kind: 'doubt', scan, doubt: judged.doubt }, 'doubt')
      else this.#say({ kind: 'recorded', scan }, 'recorded')
    }
  }

  async #record({
    mode,
    code,
    name,
    current,
  }: {
    mode: ScanAction
    code: string
    name: string | null
    current: Work | null
  }): Promise<Scan> {
    const { center, known } = this.#now
    const scan = await this.#queue.add({
      key: newKey(),
      client: known.start.client.id,
      by: known.start.viewer.name,
      action: mode,
      code,
      name,
      quantity: 1,
      document: current && { id: current.id, number: current.number },
      center: mode === 'COUNT' ? center : null,
      scannedAt: new Date().toISOString(),
      state: takesQuantity(mode) ? 'open' : 'waiting',
    })
    if (scan.state === 'open') this.#holdBack(mode)
    this.wake()
    // So that a browser short of space takes it from others first.
    void (navigator.storage as StorageManager | undefined)?.persist()
    return scan
  }

  /** Leave a moment to set the quantity; a count has until it is saved. */
  #holdBack(mode: ScanAction): void {
    clearTimeout(this.#hold)
    if (mode !== 'COUNT') this.#hold = setTimeout(() => void this.finish(), HOLD_MS)
  }

  /** The count that is under way of this SKU, if there is one. */
  #counting(code: string, sku: string | undefined): Scan | undefined {
    const last = this.#now.scans.at(-1)
    if (last?.state !== 'open' || last.action !== 'COUNT') return undefined
    if (last.center !== this.#now.center) return undefined
    if (last.code === code) return last
    const before = lookUp(this.#now.known, last.code)
    return sku !== undefined && before?.kind === 'sku' && before.sku.code === sku ? last : undefined
  }

  #current(mode: ScanAction): Work | null {
    const id = this.#now.current[mode]
    return this.#now.known.works.find((work) => work.id === id) ?? null
  }

  #unsent(work: Work | null, sku: string): number {
    const { scans, known } = this.#now
    return scans
      .filter((scan) => isUnsettled(scan) && scan.document !== null && scan.document.id === work?.id)
      .filter((scan) => {
        const found = lookUp(known, scan.code)
        return found?.kind === 'sku' && found.sku.code === sku
      })
      .reduce((sum, scan) => sum + scan.quantity, 0)
  }

  /** What a code is of: from what is known, or from the server if it answers soon; undefined if nobody knows. */
  async #find(code: string): Promise<Found | undefined> {
    const found = lookUp(this.#now.known, code)
    if (found || this.#now.link === 'offline') return found
    const asked = await ask(ScannerLookupDocument, { code }, LOOKUP_PATIENCE_MS)
    if (asked.kind !== 'answered') {
      this.wake()
      return undefined
    }
    const [known, told] = withFound(this.#now.known, asked.data.scan)
    await this.#know(known)
    return told
  }

  /** One turn of the link: send what waits; with nothing to send, ask whether the server is there. Says if it is. */
  async #turn(): Promise<boolean> {
    // What may have been sent can't be undone any more: nothing is, as long as it is known to be in vain.
    if (this.#now.link === 'offline' && !(await this.#ping())) return false
    const settled: Scan[] = []
    const replayed = await this.#alone(() =>
      replay({
        queue: this.#queue,
        client: this.#now.known.start.client.id,
        send: sendScans,
        now: Date.now,
        onSettled: (scans) => {
          settled.push(...scans)
          this.#settled(scans)
        },
      }),
    )
    const misunderstood = replayed === 'misunderstood'
    // Pages of every version know the queue: the server's own can send what this one can't.
    if (misunderstood && !this.#now.misunderstood) lookForUpdate()
    this.#show({ forbidden: replayed === 'forbidden', misunderstood })
    if (replayed === 'unauthenticated') this.#events.onRefused()
    if (replayed !== 'empty') return replayed !== 'unanswered'
    if (performance.now() - this.#learnedAt > LEARN_EVERY_MS) return this.#learn()
    return settled.length > 0 || this.#ping()
  }

  /** Whether the server answers. */
  async #ping(): Promise<boolean> {
    const pinged = await ask(ScannerPingDocument, {})
    if (pinged.kind === 'unauthenticated') this.#events.onRefused()
    return pinged.kind !== 'unanswered'
  }

  /** Of all pages of this device, one sends at a time; the others have nothing to send meanwhile. */
  async #alone(work: () => Promise<Replayed>): Promise<Replayed> {
    // Without HTTPS there are no locks; the server's answers are the same for whoever asks twice.
    if (!isSecureContext) return work()
    return navigator.locks.request('backfill-scanner', { ifAvailable: true }, (lock) => (lock ? work() : 'empty'))
  }

  async #learn(): Promise<boolean> {
    const learned = await learnIdentity(this.#now.known)
    if (learned.kind === 'unauthenticated') this.#events.onRefused()
    if (learned.kind !== 'known') return learned.kind !== 'unanswered'
    let { known } = learned
    const center = known.start.distributionCenters.find(({ code }) => code === this.#now.center)
    if (center) {
      const asked = await ask(ScannerDocumentsDocument, { center: center.id, documents: DOCUMENTS })
      if (asked.kind === 'unanswered') return false
      if (asked.kind === 'answered') known = withDocuments(known, asked.data, Object.values(this.#now.current))
    }
    this.#learnedAt = performance.now()
    await this.#know(known)
    return true
  }

  #settled(scans: Scan[]): void {
    void this.#know(withoutApplied(this.#now.known, scans))
    const applied = scans.every((scan) => scan.state === 'done')
    const { said } = this.#now
    const later = said && 'scan' in said && scans.every((scan) => scan.place < said.scan.place)
    // That an earlier scan went well is less than what has been said of a later one meanwhile.
    if (!(applied && later)) this.#say({ kind: 'settled', scans }, applied ? 'applied' : 'wrong')
  }

  async #know(known: Known): Promise<void> {
    this.#show({ known })
    await keepKnown(this.#database, this.#token, known)
  }

  async #go(to: Partial<Place & Pick<Snapshot, 'said'>>): Promise<void> {
    this.#show(to)
    const { mode, current, center, known } = this.#now
    await keep(this.#database, placeOf(known), { mode, current, center } satisfies Place)
  }

  async #read(): Promise<void> {
    const { id } = this.#now.known.start.client
    const [scans, elsewhere] = [await this.#queue.all(id), await this.#queue.waitingElsewhere(id)]
    this.#show({ scans, elsewhere })
  }

  #inTime(was: boolean): void {
    if (!was) this.#say({ kind: 'tooLate' }, 'doubt')
  }

  #say(said: Said, sound: Sound): void {
    this.#show({ said })
    this.#events.onSound(sound)
  }

  #show(change: Partial<Snapshot>): void {
    this.#now = { ...this.#now, ...change }
    this.#events.onSnapshot(this.#now)
  }
}

/** The scan whose quantity is being set, or the last one that can still be undone. */
export function lastOf(scans: readonly Scan[]): Scan | undefined {
  const last = scans.at(-1)
  return last && isOnlyHere(last) ? last : undefined
}

function placeOf(known: Known): string {
  return `place of ${known.start.client.id}`
}
