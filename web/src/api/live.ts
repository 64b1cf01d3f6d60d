/**
 * What the screens use: queries that stay true, and mutations that happen once.
 *
 * A screen says which topics its query depends on; events about them have it loaded again, a moment later and at
 * most a few times a second, however many events come. What is shown stays while it is loaded.
 */
import { useMutation, useQuery } from '@urql/preact'
import type { CombinedError } from '@urql/core'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

import { newKey } from './key.ts'
import type { TypedDocumentString } from './operations.ts'
import { Pacer } from './pacer.ts'
import { codeOf, passes } from './passing.ts'

export type Topic = 'order' | 'line' | 'run' | 'bulk' | 'promise'

type Listener = (topic: Topic | 'everything') => void
const listeners = new Set<Listener>()

/** Something of this topic changed; or anything may have, after a cut. */
export function announce(topic: Topic | 'everything'): void {
  for (const listener of listeners) listener(topic)
}

const SOON_MS = 120
const AT_MOST_EVERY_MS = 700
const LOAD_AGAIN_MS = 3_000
const LOAD_AGAIN_AT_LEAST_EVERY_MS = 60_000

export interface Live<Data> {
  data: Data | undefined
  error: string | undefined
  loading: boolean
  reload: () => void
}

type Variables = Record<string, unknown>

/**
 * The answer to a query, loaded again whenever something of these topics changes.
 *
 * When that gets no answer, the one before stays beside the error, and it is tried again, less and less often.
 */
export function useLive<Data, Asked extends Variables>(
  document: TypedDocumentString<Data, Asked>,
  variables: Asked,
  { topics = [], paused = false }: { topics?: readonly Topic[]; paused?: boolean } = {},
): Live<Data> {
  const [result, execute] = useQuery<Data, Asked>({
    query: document.toString(),
    variables,
    pause: paused,
    requestPolicy: 'cache-and-network',
  })
  const reload = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute])
  const watched = topics.join(' ')
  useEffect(() => {
    if (paused) return
    const pacer = new Pacer(reload, { soonMs: SOON_MS, everyMs: AT_MOST_EVERY_MS })
    const listener: Listener = (topic) => {
      if (topic === 'everything' || watched.split(' ').includes(topic)) pacer.ask()
    }
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      pacer.stop()
    }
  }, [reload, watched, paused])
  const { error, operation } = result
  const answered = useRef<{ key: number; data: Data } | undefined>(undefined)
  if (operation && result.data !== undefined) answered.current = { key: operation.key, data: result.data }
  const before = answered.current?.key === operation?.key ? answered.current?.data : undefined
  const tries = useRef(0)
  useEffect(() => {
    if (!isUnanswered(error)) {
      tries.current = 0
      return
    }
    const wait = Math.min(LOAD_AGAIN_AT_LEAST_EVERY_MS, LOAD_AGAIN_MS * 2 ** tries.current)
    const timer = setTimeout(reload, wait * (0.5 + Math.random() / 2))
    tries.current += 1
    return () => clearTimeout(timer)
  }, [error, reload])
  return {
    data: result.data ?? (isUnanswered(error) ? before : undefined),
    error: error?.message,
    loading: result.fetching || result.stale,
    reload,
  }
}

export interface UserError {
  code: string
  message: string
}

const TRIES = 4
const TRY_AGAIN_MS = 700

/**
 * A mutation with one key for all tries of a request: a request that got no answer is sent again, and happens once.
 *
 * Returns the function that does it, and whether it is under way. The function answers the payload, or what was
 * wrong as a user error.
 */
export function useChange<Data, Asked extends Variables>(
  document: TypedDocumentString<Data, Asked>,
): [(variables: Omit<Asked, 'key'>) => Promise<{ data?: Data; problem?: UserError }>, boolean] {
  const [, execute] = useMutation<Data, Asked>(document.toString())
  const [busy, setBusy] = useState(false)
  const change = useCallback(
    async (variables: Omit<Asked, 'key'>) => {
      setBusy(true)
      try {
        const asked = { ...variables, key: newKey() } as unknown as Asked
        for (let attempt = 1; ; attempt += 1) {
          const { data, error } = await execute(asked)
          const unanswered = isUnanswered(error)
          if (unanswered && attempt < TRIES) {
            await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS * attempt))
            continue
          }
          if (error) {
            const code = unanswered ? undefined : codeOf(error.graphQLErrors)
            return { problem: { code: code ?? 'UNAVAILABLE', message: error.message } }
          }
          const problem = firstUserError(data)
          // What somebody has just done they want to see done, wherever it shows.
          if (!problem) announce('everything')
          return problem ? { problem } : { data: data as Data }
        }
      } finally {
        setBusy(false)
      }
    },
    [execute],
  )
  return [change, busy]
}

/** Whether the server said nothing, or "not now". */
function isUnanswered(error: CombinedError | undefined): boolean {
  return error !== undefined && (error.networkError !== undefined || passes(codeOf(error.graphQLErrors)))
}

function firstUserError(data: unknown): UserError | undefined {
  for (const payload of Object.values((data ?? {}) as Record<string, unknown>)) {
    const errors = (payload as { userErrors?: UserError[] } | null)?.userErrors
    if (errors?.[0]) return errors[0]
  }
  return undefined
}
