/** Tells the scanner's service worker which files the page is made of. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

export interface Chunk {
  file: string
  css?: string[]
  assets?: string[]
  imports?: string[]
  dynamicImports?: string[]
}

const PAGE = 'scan.html'
const WORKER = 'scan-worker.js'
/** What the page names by itself, beside what it imports. */
const BESIDE = ['icon.svg', 'icon-180.png', 'icon-192.png', 'scan.webmanifest']

/** Write the files of the page, and what it may load later, into the built service worker. */
export async function keepOffline(built: string, manifest: Record<string, Chunk>): Promise<void> {
  const files = new Set(BESIDE)
  const pending = [PAGE]
  const seen = new Set<string>()
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const chunk = manifest[key]
    if (chunk === undefined || seen.has(key)) continue
    seen.add(key)
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
    pending.push(...(chunk.imports ?? []), ...(chunk.dynamicImports ?? []))
  }
  const hash = createHash('sha256')
  for (const name of [PAGE, ...[...files].sort()]) hash.update(name).update(await readFile(built + name))
  const told = { version: hash.digest('hex').slice(0, 16), files: ['/scan', ...[...files].sort().map((name) => `/${name}`)] }
  const worker = await readFile(built + WORKER, 'utf8')
  if (!worker.includes('__KEPT__')) throw new Error(`${WORKER} has no place for its files`)
  await writeFile(built + WORKER, worker.replace('__KEPT__', JSON.stringify(told)))
}
