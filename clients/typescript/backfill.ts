/**
 * A client of Backfill's API for Node (22 or newer), Deno, Bun and browsers, without dependencies: requests that
 * happen once however often they are sent, feeds that resume, lists page by page.
 *
 * operations.ts, beside this, is made from the schema and ../operations.graphql.
 */
import type { TypedDocumentString } from './operations.ts'

export interface Options {
  /** Such as https://backfill.example. */
  url: string
  token: string
  /** How often a request is sent again that got no answer, or one that says "later". */
  retries?: number
}

interface GraphQLProblem {
  message: string
  extensions?: { code?: string }
}

interface Answer<Data> {
  data?: Data | null
  errors?: GraphQLProblem[]
}

/** The API answered with errors instead of data. */
export class BackfillError extends Error {
  readonly errors: GraphQLProblem[]

  constructor(errors: GraphQLProblem[]) {
    super(errors.map((error) => error.message).join('; '))
    this.errors = errors
  }

  has(code: string): boolean {
    return this.errors.some((error) => error.extensions?.code === code)
  }

  /** Whether the API says "later". */
  get passes(): boolean {
    return PASSING_CODES.some((code) => this.has(code))
  }
}

const PASSING = new Set([429, 502, 503, 504])
/** The same in the body, whatever the status: with application/json that says nothing of the operation. */
const PASSING_CODES = ['SERVICE_UNAVAILABLE', 'THROTTLED', 'TOO_MANY_CONNECTIONS']
const LONGEST_WAIT_MS = 30_000

const CURSOR = 'query { eventCursor }'

export class Backfill {
  readonly #http: string
  readonly #socket: string
  readonly #token: string
  readonly #retries: number

  constructor({ url, token, retries = 6 }: Options) {
    this.#http = `${url.replace(/\/(graphql)?$/, '')}/graphql`
    this.#socket = this.#http.replace(/^http/, 'ws')
    this.#token = token
    this.#retries = retries
  }

  /**
   * The data of an operation. A mutation that takes an `idempotencyKey` and is given none gets one, the same for
   * every try: the API does it once, and answers it again. Throws BackfillError.
   */
  async request<Data, Variables>(
    document: TypedDocumentString<Data, Variables> | string,
    variables?: Variables,
  ): Promise<Data> {
    const query = document.toString()
    const told: Record<string, unknown> = { ...variables }
    if (query.includes('$idempotencyKey')) told['idempotencyKey'] ??= crypto.randomUUID()
    const repeatable = 'idempotencyKey' in told || !query.trimStart().startsWith('mutation')
    const body = JSON.stringify({ query, variables: told })
    for (let waitsBefore = 0; ; waitsBefore += 1) {
      const last = !repeatable || waitsBefore >= this.#retries
      try {
        const response = await fetch(this.#http, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}` },
          body,
        })
        if (last || !PASSING.has(response.status)) {
          const answer = (await response.json()) as Answer<Data>
          if (answer.errors?.length || !answer.data) throw new BackfillError(answer.errors ?? [])
          return answer.data
        }
      } catch (error) {
        if (last || (error instanceof BackfillError && !error.passes)) throw error
      }
      await pause(waitsBefore)
    }
  }

  /**
   * The events of a subscription for ever, without a gap, however often the connection is lost: begins after the
   * cursor in `variables.after`, else now. Throws BackfillError when the API refuses; with CURSOR_EXPIRED, load
   * the current state again and follow from now.
   */
  async *follow<Data, Variables extends { after?: string | null | undefined }, Event extends { cursor: string }>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    event: (data: Data) => Event,
  ): AsyncGenerator<Event, void, undefined> {
    let after = variables.after ?? (await this.request<{ eventCursor: string }, object>(CURSOR)).eventCursor
    for (let waitsBefore = 0; ; waitsBefore += 1) {
      try {
        for await (const data of this.#subscribe(document, { ...variables, after })) {
          const happened = event(data)
          yield happened
          after = happened.cursor
          waitsBefore = 0
        }
      } catch (error) {
        const isTheirs = error instanceof BackfillError && (error.has('TOO_SLOW') || error.passes)
        if (error instanceof BackfillError && !isTheirs) throw error
      }
      await pause(waitsBefore)
    }
  }

  async *#subscribe<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<Data, void, undefined> {
    const socket = new WebSocket(this.#socket, 'graphql-transport-ws')
    const heard: Answer<Data>[] = []
    let ended: Error | undefined
    let wake = (): void => {}
    const end = (error: Error): void => {
      ended ??= error
      wake()
    }
    const say = (message: object): void => {
      socket.send(JSON.stringify(message))
    }
    socket.onopen = () => {
      say({ type: 'connection_init', payload: { authorization: `Bearer ${this.#token}` } })
    }
    socket.onerror = () => {
      end(new Error('the connection failed'))
    }
    socket.onclose = ({ code, reason }) => {
      // 4400 to 4499: the API wants nothing to do with us as we are. 4408: it had no word from us in time.
      const refused = code >= 4400 && code < 4500 && code !== 4408
      end(refused ? new BackfillError([{ message: reason || `closed with ${code}` }]) : new Error('it was closed'))
    }
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as { type: string; payload?: unknown }
      if (message.type === 'ping') say({ type: 'pong' })
      else if (message.type === 'connection_ack')
        say({ id: '1', type: 'subscribe', payload: { query: document.toString(), variables } })
      else if (message.type === 'next') heard.push(message.payload as Answer<Data>)
      else if (message.type === 'error') end(new BackfillError(message.payload as GraphQLProblem[]))
      else if (message.type === 'complete') end(new Error('the API ended it'))
      wake()
    }
    try {
      for (;;) {
        for (let answer = heard.shift(); answer; answer = heard.shift()) {
          if (answer.errors?.length || !answer.data) throw new BackfillError(answer.errors ?? [])
          yield answer.data
        }
        if (ended) throw ended
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      socket.close()
    }
  }
}

interface Connection<Node> {
  nodes: Node[]
  pageInfo: { hasNextPage: boolean; endCursor?: string | null }
}

/** Every element of a list, page by page: every((after) => backfill.request(…, { first: 200, after }), …). */
export async function* every<Data, Node>(
  fetchPage: (after: string | null) => Promise<Data>,
  connection: (data: Data) => Connection<Node>,
): AsyncGenerator<Node, void, undefined> {
  let after: string | null = null
  for (;;) {
    const page: Connection<Node> = connection(await fetchPage(after))
    yield* page.nodes
    if (!page.pageInfo.hasNextPage) return
    after = page.pageInfo.endCursor ?? null
  }
}

/** Waits longer each time; scattered, so that those who wait do not all come back at once. */
async function pause(waitsBefore: number): Promise<void> {
  const longest = Math.min(250 * 2 ** Math.min(waitsBefore, 10), LONGEST_WAIT_MS)
  await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)))
}
