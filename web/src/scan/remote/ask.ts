/** Asks the API over plain HTTP: on bad Wi-Fi a request either comes through or is tried again. */
import type { TypedDocumentString } from '../../api/operations.ts'
import { authorization } from '../../api/session.ts'

export interface Refusal {
  code: string
  message: string
}

/**
 * What came of a request. `refused` is an answer: the server did nothing, and neither did it where it is `misunderstood`,
 * being of another version than this page. `unanswered` says nothing.
 */
export type Asked<Data> =
  | { kind: 'answered'; data: Data }
  | { kind: 'refused'; error: Refusal }
  | { kind: 'unanswered' | 'unauthenticated' | 'forbidden' | 'misunderstood' }

/** What a server says of a document that it does not know the words of, or has not been told to trust. */
const OF_ANOTHER_VERSION = ['GRAPHQL_VALIDATION_FAILED', 'DOCUMENT_NOT_TRUSTED']

const PATIENCE_MS = 10_000
const ACCEPTED = 'application/graphql-response+json, application/json;q=0.9'

interface Body<Data> {
  data?: Data | null
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** Execute a document. Never throws; answers within `patience` milliseconds. */
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  patience: number = PATIENCE_MS,
): Promise<Asked<Data>> {
  let status: number
  let body: Body<Data>
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: ACCEPTED, ...authorization() },
      body: JSON.stringify({ query: document.toString(), variables }),
      signal: AbortSignal.timeout(patience),
    })
    status = answer.status
    body = (await answer.json()) as Body<Data>
  } catch {
    return { kind: 'unanswered' }
  }
  const [error] = body.errors ?? []
  if (status === 401 || error?.extensions?.code === 'UNAUTHENTICATED') return { kind: 'unauthenticated' }
  if (error?.extensions?.code === 'FORBIDDEN') return { kind: 'forbidden' }
  if (status === 429 || status >= 500) return { kind: 'unanswered' }
  if (body.data) return { kind: 'answered', data: body.data }
  // With the media type asked for, 400 says that nothing was executed; any other error may come from the middle.
  if (error && status === 400) {
    if (isOfAnotherVersion(error)) return { kind: 'misunderstood' }
    return { kind: 'refused', error: { code: error.extensions?.code ?? 'INVALID_INPUT', message: error.message } }
  }
  return { kind: 'unanswered' }
}

/** Whether the error is of the document, which is this page's own, and not of what was put into it. */
function isOfAnotherVersion({ message, extensions }: { message: string; extensions?: { code?: string } }): boolean {
  // Servers of the first version gave no code. What is wrong with a variable begins so, and is no fault of the document.
  if (extensions?.code === undefined) return !message.startsWith('Variable ')
  return OF_ANOTHER_VERSION.includes(extensions.code)
}
