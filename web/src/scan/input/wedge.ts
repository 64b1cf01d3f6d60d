/**
 * Tells a hand-held scanner that types from a person who does.
 *
 * A scanner types a code's characters within milliseconds of each other and ends with Enter; nobody's fingers do.
 */
const LONGEST_GAP_MS = 80
const SHORTEST_CODE = 2

export class Wedge {
  #typed = ''
  #last = Number.NEGATIVE_INFINITY

  /** Whether a key at this moment (milliseconds) would be the first of a code, if it is of one. */
  isFirst(at: number): boolean {
    return this.#typed === '' || at - this.#last > LONGEST_GAP_MS
  }

  /**
   * A key went down: `key` as the browser names it, `at` in milliseconds.
   *
   * Answers the code when this key ends one, and null otherwise.
   */
  key(key: string, at: number): string | null {
    if (this.isFirst(at)) this.#typed = ''
    this.#last = at
    if (key === 'Enter') {
      const code = this.#typed
      this.#typed = ''
      return code.length >= SHORTEST_CODE ? code : null
    }
    // Shift goes down before a capital letter, and is none itself.
    if (key.length === 1) this.#typed += key
    return null
  }
}
