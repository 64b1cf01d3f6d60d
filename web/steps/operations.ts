/**
 * Writes src/api/operations.ts: a typed document for every operation in src/, checked against schema.graphql;
 * and the same for other programs, from clients/operations.graphql.
 *
 * The generator's core and three plugins do it; its command line would bring as many packages again.
 */
import { codegen } from '@graphql-codegen/core'
import * as documentPlugin from '@graphql-codegen/typed-document-node'
import * as operationsPlugin from '@graphql-codegen/typescript-operations'
import { parse, Source } from 'graphql'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const schema = parse(readFileSync(path('../../schema.graphql'), 'utf8'))

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

async function write(folder: string, written: string): Promise<void> {
  const documents = globSync('**/*.graphql', { cwd: folder })
    .sort()
    .map((location) => ({
      location,
      document: parse(new Source(readFileSync(folder + location, 'utf8'), location), { noLocation: false }),
    }))
  const text = await codegen({
    filename: written,
    schema,
    documents,
    config,
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations: operationsPlugin, documents: documentPlugin },
  })
  // Unchanged, it stays as it is: what was built from it is not stale.
  if (!existsSync(written) || readFileSync(written, 'utf8') !== text) writeFileSync(written, text)
}

await write(path('../src/'), path('../src/api/operations.ts'))
// The pages are also built where there is nothing else, in an image.
if (existsSync(path('../../clients/'))) await write(path('../../clients/'), path('../../clients/typescript/operations.ts'))
