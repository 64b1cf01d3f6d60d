/** @jsxImportSource react */
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'

import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { createClient } from 'graphql-ws'
import { createRoot } from 'react-dom/client'

import { authorization } from '../api/session.ts'

const wsClient = createClient({
  url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  connectionParams: authorization,
})
const fetcher = createGraphiQLFetcher({
  url: '/graphql',
  wsClient,
  fetch: (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...authorization() } }),
})

const place = document.getElementById('app')
if (place) createRoot(place).render(<GraphiQL fetcher={fetcher} />)
