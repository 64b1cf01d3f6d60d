/** The cursor of an event in a subscription's answer: every event has one, whatever its root field is called. */
export function cursorOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  for (const event of Object.values(data as Record<string, unknown>)) {
    if (typeof event === 'object' && event !== null && 'cursor' in event && typeof event.cursor === 'string')
      return event.cursor
  }
  return undefined
}
