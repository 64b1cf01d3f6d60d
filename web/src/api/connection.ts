/**
 * The socket that events come over, and whether it is there.
 *
 * A cut is noticed within seconds, because the other side has to answer pings, and mended without end. Whoever
 * subscribed goes on after the last event seen: graphql-ws sends a subscription's payload anew on each connection,
 * so the payload is kept up to date with the cursor of the last event.
 */
import { createClient, type Client, type ExecutionResult, type Sink } from 'graphql-ws'

import { cursorOf } from './cursor.ts'
import { codeOf, passes } from './passing.ts'
import { authorization } from './session.ts'

export type ConnectionState = 'connecting' | 'live' | 'cut'

const PING_MS = 4_000
const PONG_MS = 3_000
const LONGEST_WAIT_MS = 4_000
const TRY_AGAIN_MS = 2_000
const UNAUTHENTICATED = new Set([4401, 4403])

export interface Connection {
  /** Subscribe, and go on after each cut; `sink` hears of no cut. Returns how to end it. */
  subscribe: (query: string, variables: Record<string, unknown>, sink: Sink<ExecutionResult>) => () => void
  close: () => void
}

export interface ConnectionEvents {
  /** The state changed. */
  onState: (state: ConnectionState) => void
  /** The token is not valid. */
  onUnauthenticated: () => void
  /** What happened since the last event is no longer kept: everything shown has to be loaded again. */
  onExpired: () => Promise<string>
}

/** Open the connection that all subscriptions share, once there is one. */
export function openConnection({ onState, onUnauthenticated, onExpired }: ConnectionEvents): Connection {
  let socket: WebSocket | undefined
  let waiting: ReturnType<typeof setTimeout> | undefined

  const client: Client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
    keepAlive: PING_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !(event instanceof CloseEvent && UNAUTHENTICATED.has(event.code)),
    // At once, then less and less often; not all boards at the same moment.
    retryWait: async (attempt) => {
      const longest = Math.min(LONGEST_WAIT_MS, 100 * 2 ** attempt)
      await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)))
    },
    on: {
      connecting: () => onState('connecting'),
      connected: (opened) => {
        socket = opened as WebSocket
        onState('live')
      },
      ping: (received) => {
        if (!received) waiting = setTimeout(() => socket?.close(4408, 'No answer'), PONG_MS)
      },
      pong: (received) => {
        if (received) clearTimeout(waiting)
      },
      closed: (event) => {
        clearTimeout(waiting)
        onState('cut')
        if (event instanceof CloseEvent && UNAUTHENTICATED.has(event.code)) onUnauthenticated()
      },
    },
  })

  function subscribe(
    query: string,
    variables: Record<string, unknown>,
    sink: Sink<ExecutionResult>,
  ): () => void {
    const payload = { query, variables: { ...variables } }
    let ended = false
    let end = (): void => undefined
    let later: ReturnType<typeof setTimeout> | undefined
    const begin = (): void => {
      end = client.subscribe(payload, {
        next: (result) => {
          const cursor = cursorOf(result.data)
          if (cursor !== undefined) payload.variables.after = cursor
          sink.next(result as ExecutionResult)
        },
        error: (error) => {
          if (ended) return
          const code = Array.isArray(error) ? codeOf(error as Parameters<typeof codeOf>[0]) : undefined
          // Too slow, as a sleeping laptop is: go on after the last event seen.
          if (code === 'TOO_SLOW') begin()
          else if (code === 'CURSOR_EXPIRED') void startAfresh()
          else if (code === 'UNAUTHENTICATED') onUnauthenticated()
          else if (isForNow(error, code)) later = setTimeout(begin, TRY_AGAIN_MS * (0.5 + Math.random() / 2))
          else sink.error(error)
        },
        complete: () => {
          if (!ended) sink.complete()
        },
      })
    }
    const startAfresh = async (): Promise<void> => {
      payload.variables.after = await onExpired()
      if (!ended) begin()
    }
    begin()
    return () => {
      ended = true
      clearTimeout(later)
      end()
    }
  }

  return { subscribe, close: () => void client.dispose() }
}

/**
 * Whether what ended a subscription is no reason to give it up: the server begins, or its database is away; or the
 * socket was closed in a way that graphql-ws takes for final, as servers close it (1011) when nobody has answered
 * their pings because the machine was asleep.
 */
function isForNow(error: unknown, code: string | undefined): boolean {
  if (Array.isArray(error)) return passes(code) || code === 'INTERNAL_SERVER_ERROR'
  return !(error instanceof CloseEvent && UNAUTHENTICATED.has(error.code))
}

/** Look whether the connection is still there as soon as the machine is back from sleep or has a network again. */
export function whenBack(look: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') look()
  }
  addEventListener('online', look)
  document.addEventListener('visibilitychange', visible)
  return () => {
    removeEventListener('online', look)
    document.removeEventListener('visibilitychange', visible)
  }
}
