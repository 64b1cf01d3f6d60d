/** Does something soon after it was asked for, and not more often than is good for anybody. */
export class Pacer {
  #work: () => void
  #soonMs: number
  #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = Number.NEGATIVE_INFINITY
  #now: () => number

  constructor(
    work: () => void,
    { soonMs, everyMs, now = () => performance.now() }: { soonMs: number; everyMs: number; now?: () => number },
  ) {
    this.#work = work
    this.#soonMs = soonMs
    this.#everyMs = everyMs
    this.#now = now
  }

  /** Do it soon, once, however often this is called until then. */
  ask(): void {
    if (this.#timer !== undefined) return
    const wait = Math.max(this.#soonMs, this.#last + this.#everyMs - this.#now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#last = this.#now()
      this.#work()
    }, wait)
  }

  /** Forget what was asked for. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
