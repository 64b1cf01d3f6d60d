/** A code in front of the camera is one scan, however often it is read: until it is gone for a moment. */
const GONE_AFTER_MS = 1_200

export class Sightings {
  #seen = new Map<string, number>()

  /** The codes among those read `at` this moment (milliseconds) that were not in view before. */
  fresh(codes: readonly string[], at: number): string[] {
    for (const [code, last] of this.#seen) {
      if (at - last > GONE_AFTER_MS) this.#seen.delete(code)
    }
    const fresh = [...new Set(codes)].filter((code) => !this.#seen.has(code))
    for (const code of codes) this.#seen.set(code, at)
    return fresh
  }
}
