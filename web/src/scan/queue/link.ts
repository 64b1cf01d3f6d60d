/**
 * The way to the server: whether it is there, and when to try again.
 *
 * There is one loop: it sends what waits, or else asks whether the server is there; often while it is not, now and
 * then while it is.
 */
export type LinkState = 'connecting' | 'online' | 'offline'

const ONLINE_MS = 15_000
const FIRST_MS = 1_000
const LONGEST_MS = 10_000

export class Link {
  #turn: () => Promise<boolean>
  #onState: (state: LinkState) => void
  #state: LinkState = 'connecting'
  #timer: ReturnType<typeof setTimeout> | undefined
  #wait = FIRST_MS
  #busy = false
  #again = false
  #closed = false

  /** `turn` does what there is to do, and says whether the server answered. */
  constructor(turn: () => Promise<boolean>, onState: (state: LinkState) => void) {
    this.#turn = turn
    this.#onState = onState
  }

  /** There is something to do, or a reason to hope: do it now. */
  wake(): void {
    if (this.#closed) return
    if (this.#busy) {
      this.#again = true
      return
    }
    clearTimeout(this.#timer)
    this.#busy = true
    void this.#go()
  }

  /** The device says that it has no network. */
  lost(): void {
    this.#now('offline')
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #go(): Promise<void> {
    do {
      this.#again = false
      const answered = await this.#tried()
      if (this.#closed) return
      this.#now(answered ? 'online' : 'offline')
      this.#wait = answered ? ONLINE_MS : Math.min(LONGEST_MS, this.#wait >= ONLINE_MS ? FIRST_MS : this.#wait * 2)
      // Without an answer, asking again at once would not help.
      if (!answered) break
    } while (this.#again as boolean)
    this.#busy = false
    this.#timer = setTimeout(() => this.wake(), this.#wait)
  }

  /** A turn that breaks off, as when the device's storage is full, is tried again like one without an answer. */
  async #tried(): Promise<boolean> {
    try {
      return await this.#turn()
    } catch (error) {
      console.warn('What waits could not be looked after.', error)
      return false
    }
  }

  #now(state: LinkState): void {
    if (state === this.#state || this.#closed) return
    this.#state = state
    this.#onState(state)
  }
}
