/**
 * Writes documents.json: every document that the pages send, by its hash and as it is on the wire, so that the
 * pages work where only trusted documents are executed.
 */
import { createRequest, formatDocument, stringifyDocument } from '@urql/core'
import type { DocumentNode } from 'graphql'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

import * as operations from '../src/api/operations.ts'

/** The board's client asks for the type of everything; the scanner sends documents as they are written. */
function asSent(document: string): string[] {
  return [document, stringifyDocument(formatDocument(createRequest(document, {}).query) as DocumentNode)]
}

const written = Object.entries(operations)
  .filter(([name, value]) => name.endsWith('Document') && value instanceof String)
  .map(([, value]) => String(value))
const documents = Object.fromEntries(
  written.flatMap(asSent).map((text) => [`sha256:${createHash('sha256').update(text).digest('hex')}`, text]),
)
await writeFile(new URL('../../api/pages/built/documents.json', import.meta.url), JSON.stringify(documents))
