/** @jsxImportSource react */
/** GraphiQL over this server: queries and mutations over HTTP, subscriptions over its WebSocket. */
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import '../design/tokens.css'
import '../design/theme.ts'
import './graphiql.css'

import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { parse, type DocumentNode } from 'graphql'
import { createClient } from 'graphql-ws'
import { useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'

import { authorization, currentToken, onSession, signOut } from '../api/session.ts'
import { EXAMPLES } from './examples.ts'
import { EXAMPLES_PLUGIN } from './examples-panel.tsx'
import { TokenForm } from './token-form.tsx'

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers)
  const { authorization: own } = authorization()
  // What somebody writes into the headers' editor comes first.
  if (own !== undefined && !headers.has('Authorization')) headers.set('Authorization', own)
  const answer = await fetch(input, { ...init, headers })
  if (answer.status === 401 && headers.get('Authorization') === own) signOut()
  return answer
}

const toServer = createGraphiQLFetcher({
  url: '/graphql',
  wsClient: createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams: authorization,
  }),
  fetch: send,
})

// What GraphiQL has read of the document lags behind the editor: executed at once, a new subscription would be sent
// over HTTP, as if it were what was there before.
const fetcher: Fetcher = (parameters, options) => toServer(parameters, { ...options, ...read(parameters.query) })

function read(document: string): { documentAST?: DocumentNode } {
  try {
    return { documentAST: parse(document) }
  } catch {
    return {} // The server says what is wrong with it.
  }
}

function Page() {
  const token = useSyncExternalStore(onSession, currentToken)
  if (token === null) return <TokenForm />
  return (
    <main>
      <h1 className="unseen">GraphiQL</h1>
      <GraphiQL
        key={token}
        fetcher={fetcher}
        plugins={[HISTORY_PLUGIN, EXAMPLES_PLUGIN]}
        defaultQuery={EXAMPLES[0]?.document ?? ''}
        defaultEditorToolsVisibility={false}
      />
    </main>
  )
}

const place = document.getElementById('app')
if (place) createRoot(place).render(<Page />)
