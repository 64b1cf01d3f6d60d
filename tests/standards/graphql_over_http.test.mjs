// The audit of GraphQL over HTTP: every MUST, SHOULD and MAY of it is a test here; a warning fails like an error.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverAudits } from 'graphql-http'
import { authorized, url } from './address.mjs'

const withToken = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...authorized } })

for (const audit of serverAudits({ url, fetchFn: withToken })) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn()
    assert.equal(result.status, 'ok', result.reason)
  })
}
