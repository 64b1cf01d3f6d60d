/** After the build: checks what a page's first load weighs, and writes each file compressed beside itself. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import { keepOffline, type Chunk } from './offline.ts'

const BUDGETS: Record<string, number> = { 'index.html': 150_000, 'scan.html': 150_000 }
const SMALLEST_WORTH_COMPRESSING = 1_000
const LARGEST_COMPRESSED_BEST = 500_000
const COMPRESSIBLE = /\.(html|js|css|svg|json|webmanifest|wasm|ttf)$/

const built = fileURLToPath(new URL('../../api/pages/built/', import.meta.url))
const brotli = promisify(brotliCompress)

/** The least that is sent of a file, in bytes. */
async function compress(name: string): Promise<number> {
  const content = await readFile(built + name)
  if (content.length < SMALLEST_WORTH_COMPRESSING || !COMPRESSIBLE.test(name)) return content.length
  const quality = content.length > LARGEST_COMPRESSED_BEST ? 8 : 11
  const smallest = await brotli(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  })
  await writeFile(`${built}${name}.br`, smallest)
  await writeFile(`${built}${name}.gz`, await promisify(gzip)(content, { level: 9 }))
  return smallest.length
}

/** The files a page asks for before it shows anything: what its HTML names, and what those import. */
function firstLoad(manifest: Record<string, Chunk>, page: string): Set<string> {
  const files = new Set([page])
  const pending = [page]
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const chunk = manifest[key]
    if (chunk === undefined || files.has(chunk.file)) continue
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    pending.push(...(chunk.imports ?? []))
  }
  return files
}

const manifest = JSON.parse(await readFile(`${built}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>
await rm(`${built}.vite`, { recursive: true })
await keepOffline(built, manifest)

const sizes = new Map<string, number>()
const names = await readdir(built, { recursive: true })
await Promise.all(
  names.map(async (name) => {
    if ((await stat(built + name)).isFile()) sizes.set(name, await compress(name))
  }),
)

for (const [page, budget] of Object.entries(BUDGETS)) {
  if (!sizes.has(page)) continue
  const files = [...firstLoad(manifest, page)]
  const total = files.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0)
  console.log(`${page}: first load ${(total / 1000).toFixed(1)} kB compressed, of ${budget / 1000} kB at most`)
  if (total > budget) {
    console.error(files.map((file) => `  ${file} ${sizes.get(file) ?? 0}`).join('\n'))
    process.exitCode = 1
  }
}
