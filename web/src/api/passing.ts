/** Answers that another time would be others: whoever asks once more, in a moment, may well get what they want. */
const PASSING = new Set(['SERVICE_UNAVAILABLE', 'THROTTLED', 'TOO_MANY_CONNECTIONS'])

/** The code of the first of these errors of a GraphQL answer. */
export function codeOf(errors: readonly { extensions?: Record<string, unknown> }[]): string | undefined {
  const code = errors[0]?.extensions?.code
  return typeof code === 'string' ? code : undefined
}

/** Whether an error with this code passes. */
export function passes(code: string | undefined): boolean {
  return code !== undefined && PASSING.has(code)
}
