/**
 * Writes src/api/operations.ts: a typed document for every operation in src/, checked against schema.graphql.
 *
 * The generator's core and three plugins do it; its command line would bring as many packages again.
 */
import { codegen } from '@graphql-codegen/core'
import * as documentPlugin from '@graphql-codegen/typed-document-node'
import * as operationsPlugin from '@graphql-codegen/typescript-operations'
import { parse, Source } from 'graphql'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../src/', import.meta.url))
const schema = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
const written = fileURLToPath(new URL('../src/api/operations.ts', import.meta.url))

const documents = globSync('**/*.graphql', { cwd: folder })
  .sort()
  .map((location) => ({
    location,
    document: parse(new Source(readFileSync(folder + location, 'utf8'), location), { noLocation: false }),
  }))

const scalars = {
  ID: 'string',
  Int: 'number',
  Float: 'number',
  String: 'string',
  Boolean: 'boolean',
  DateTime: 'string',
  Date: 'string',
  JSON: 'unknown',
}
const config = {
  scalars,
  enumsAsTypes: true,
  enumType: 'string-literal',
  skipTypename: false,
  useTypeImports: true,
  strictScalars: true,
  dedupeFragments: true,
  documentMode: 'string',
  pureMagicComment: true,
}

const text = await codegen({
  filename: written,
  schema: parse(schema),
  documents,
  config,
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations: operationsPlugin, documents: documentPlugin },
})
// Unchanged, it stays as it is: what was built from it is not stale.
if (!existsSync(written) || readFileSync(written, 'utf8') !== text) writeFileSync(written, text)
