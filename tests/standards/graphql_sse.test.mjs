// GraphQL over server-sent events in "distinct connections" mode, as the graphql-sse client speaks it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from 'graphql-sse'
import { ask, authorized, load, url } from './address.mjs'

const CHANGES = 'subscription ($after: String) { orderChanged(after: $after) { cursor order { number } } }'

function clientFor(t, options = {}) {
  const client = createClient({ url, headers: authorized, retryAttempts: 0, ...options })
  t.after(() => client.dispose())
  return client
}

test('a query is one event and completes', async (t) => {
  const results = []
  for await (const result of clientFor(t).iterate({ query: '{ client { code } }' })) results.push(result)
  assert.deepEqual(results.map(({ data, errors }) => ({ data, errors })), [
    { data: { client: { code: 'DEMO' } }, errors: undefined },
  ])
})

test('a stream is told of what happens, and another one resumes after its cursor', async (t) => {
  const { eventCursor } = await ask('{ eventCursor }')
  const events = clientFor(t).iterate({ query: CHANGES, variables: { after: eventCursor } })
  await load('SSE-1')
  const { value } = await events.next()
  assert.equal(value.data.orderChanged.order.number, 'SSE-1')
  await events.return()
  await load('SSE-2')
  const again = clientFor(t).iterate({ query: CHANGES, variables: { after: value.data.orderChanged.cursor } })
  assert.equal((await again.next()).value.data.orderChanged.order.number, 'SSE-2')
})

test('every operation has a connection of its own', async (t) => {
  const client = clientFor(t)
  const { eventCursor } = await ask('{ eventCursor }')
  const streams = Array.from({ length: 10 }, () => client.iterate({ query: CHANGES, variables: { after: eventCursor } }))
  await load('SSE-3')
  const told = await Promise.all(streams.map(async (stream) => (await stream.next()).value.data.orderChanged.order.number))
  assert.deepEqual(told, Array(10).fill('SSE-3'))
})

test('a wrong token is refused', async (t) => {
  const client = clientFor(t, { headers: { authorization: 'Bearer wrong' } })
  await assert.rejects(client.iterate({ query: '{ client { code } }' }).next(), (error) => error.response?.status === 401)
})

test('what is wrong with a document is told', async (t) => {
  const told = []
  try {
    for await (const result of clientFor(t).iterate({ query: '{ nothingOfTheKind }' })) told.push(JSON.stringify(result))
  } catch (error) {
    told.push(JSON.stringify(error.response ? await error.response.json() : error))
  }
  assert.match(told.join(), /nothingOfTheKind/)
})
