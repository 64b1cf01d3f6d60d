/** Days of UTC as the report has them, such as 2026-03-31, and a scale that is easy to read. */

const DAY_MS = 86_400_000

/** The day of a moment. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** So many days up to and including that of `now`. */
export function lastDays(count: number, now: number): { from: string; until: string } {
  return { from: dayOf(now - (count - 1) * DAY_MS), until: dayOf(now) }
}

/** Every day from the first to the last; at most 400. */
export function daysBetween(from: string, until: string): string[] {
  const [start, end] = [Date.parse(from), Date.parse(until)]
  const count = Math.min(400, Math.max(0, Math.floor((end - start) / DAY_MS) + 1))
  return Array.from({ length: count }, (_, index) => dayOf(start + index * DAY_MS))
}

/** Three or four round values from 0 to at least `most`: 1, 2 or 5 times a power of ten apart. */
export function scaleTo(most: number): number[] {
  const rough = Math.max(most, 1) / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power)
  const steps = Math.ceil(Math.max(most, 1) / step)
  return Array.from({ length: steps + 1 }, (_, index) => index * step)
}
