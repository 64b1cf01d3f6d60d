import { afterEach, expect, test, vi } from 'vitest'

import { ScannerPingDocument } from '../../api/operations.ts'
import type { Asked } from './ask.ts'

afterEach(() => void vi.unstubAllGlobals())

/** Ask something harmless. */
async function asked(): Promise<Asked<unknown>> {
  vi.stubGlobal('addEventListener', () => undefined)
  vi.stubGlobal('localStorage', { getItem: () => null })
  vi.stubGlobal('sessionStorage', { getItem: () => null })
  const { ask } = await import('./ask.ts')
  return ask(ScannerPingDocument, {})
}

function answers(status: number, message: string, code?: string): void {
  const body = { errors: [{ message, ...(code !== undefined && { extensions: { code } }) }] }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })))
}

test.each([
  ['GRAPHQL_VALIDATION_FAILED', 'Unknown argument \'sentAt\' on field \'Mutation.applyScans\'.'],
  ['DOCUMENT_NOT_TRUSTED', 'Only documents that this installation trusts are executed.'],
  [undefined, 'Unknown argument \'sentAt\' on field \'Mutation.applyScans\'.'],
])('a server that does not know the words of the page is of another version (%s)', async (code, message) => {
  answers(400, message, code)
  expect(await asked()).toEqual({ kind: 'misunderstood' })
})

test.each([
  ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
  ['MAX_COST_EXCEEDED', 'MAX_COST_EXCEEDED'],
  [undefined, 'INVALID_INPUT'],
])('what was put into a document is refused by itself (%s)', async (code, told) => {
  const message = "Variable '$scans' got invalid value 1e20."
  answers(400, message, code)
  expect(await asked()).toEqual({ kind: 'refused', error: { code: told, message } })
})
