// graphql-transport-ws, as the client that most programs use speaks it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from 'graphql-ws'
import { ask, authorized, load, socketUrl } from './address.mjs'

const CHANGES = 'subscription ($after: String) { orderChanged(after: $after) { cursor order { number } } }'

/** A client that is disposed of when its test is over; `closed` resolves with how its socket was closed. */
function clientFor(t, options = {}) {
  let closed
  const closing = new Promise((resolve) => (closed = resolve))
  const client = createClient({
    url: socketUrl,
    connectionParams: authorized,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    ...options,
    on: { ...options.on, closed },
  })
  t.after(() => client.dispose())
  return { client, closing }
}

/** Resolves when the subscription is open on the server: then nothing that follows is missed. */
async function opened(client) {
  for await (const { data } of client.iterate({ query: '{ eventCursor }' })) return data.eventCursor
}

test('queries and mutations are answered once and complete', async (t) => {
  const { client } = clientFor(t)
  const results = []
  for await (const result of client.iterate({ query: '{ client { code } }' })) results.push(result)
  assert.deepEqual(results.map(({ data, errors }) => ({ data, errors })), [
    { data: { client: { code: 'DEMO' } }, errors: undefined },
  ])
})

test('a subscription is told of what happens, and resumes after a cursor on another socket', async (t) => {
  const first = clientFor(t).client
  const after = await opened(first)
  const events = first.iterate({ query: CHANGES, variables: { after } })
  await load('WS-1')
  const { value } = await events.next()
  assert.equal(value.data.orderChanged.order.number, 'WS-1')
  await first.dispose()
  await load('WS-2')
  const again = clientFor(t).client.iterate({ query: CHANGES, variables: { after: value.data.orderChanged.cursor } })
  assert.equal((await again.next()).value.data.orderChanged.order.number, 'WS-2')
})

test('a wrong token closes the socket as forbidden', async (t) => {
  const { client, closing } = clientFor(t, { connectionParams: { authorization: 'Bearer wrong' } })
  await assert.rejects(client.iterate({ query: '{ client { code } }' }).next(), { code: 4403 })
  assert.equal((await closing).code, 4403)
})

test('who never says who they are is closed when the time for it is over', async () => {
  const socket = new WebSocket(socketUrl, 'graphql-transport-ws')
  const { code } = await new Promise((resolve) => (socket.onclose = resolve))
  assert.equal(code, 4408)
})

test('pings of the client are answered, and its keep-alive keeps the socket', async (t) => {
  let pongs = 0
  let enough
  const kept = new Promise((resolve) => (enough = resolve))
  const { client } = clientFor(t, {
    keepAlive: 50,
    on: { pong: (received) => received && ++pongs === 3 && enough() },
  })
  const events = client.iterate({ query: CHANGES })
  const pending = events.next()
  await kept
  await load('WS-3')
  assert.equal((await pending).value.data.orderChanged.order.number, 'WS-3')
})

test('a subscription that its client completes ends, and the socket serves others', async (t) => {
  const { client } = clientFor(t, { lazy: false })
  const after = await opened(client)
  const events = client.iterate({ query: CHANGES, variables: { after } })
  await load('WS-4')
  await events.next()
  assert.deepEqual(await events.return(), { done: true, value: undefined })
  assert.ok(await opened(client))
})

test('many operations share a socket and each gets its own answers', async (t) => {
  let sockets = 0
  const { client } = clientFor(t, { on: { opened: () => sockets++ } })
  const numbers = Array.from({ length: 50 }, (_, place) => `query { a${place}: client { code } }`)
  const answers = await Promise.all(
    numbers.map(async (query) => {
      for await (const { data } of client.iterate({ query })) return Object.keys(data)[0]
    }),
  )
  assert.deepEqual(answers, numbers.map((_, place) => `a${place}`))
  assert.equal(sockets, 1)
})

test('a document that is wrong is an error of its operation, and the socket stays', async (t) => {
  const { client } = clientFor(t, { lazy: false })
  await assert.rejects(client.iterate({ query: '{ nothingOfTheKind }' }).next(), (errors) => {
    assert.match(errors[0].message, /nothingOfTheKind/)
    return true
  })
  await assert.rejects(client.iterate({ query: '{' }).next(), (errors) => /Syntax Error/.test(errors[0].message))
  assert.ok(await opened(client))
})

test('the same id twice closes the socket, as the protocol has it', async () => {
  const socket = new WebSocket(socketUrl, 'graphql-transport-ws')
  await new Promise((resolve) => (socket.onopen = resolve))
  const said = (message) => socket.send(JSON.stringify(message))
  said({ type: 'connection_init', payload: authorized })
  await new Promise((resolve) => (socket.onmessage = resolve))
  for (const _ of [1, 2]) said({ id: 'same', type: 'subscribe', payload: { query: CHANGES } })
  const { code } = await new Promise((resolve) => (socket.onclose = resolve))
  assert.equal(code, 4409)
})

test('what was asked over HTTP is told over the socket', async (t) => {
  const { client } = clientFor(t)
  const events = client.iterate({ query: CHANGES, variables: { after: (await ask('{ eventCursor }')).eventCursor } })
  await load('WS-5')
  assert.equal((await events.next()).value.data.orderChanged.order.number, 'WS-5')
})
