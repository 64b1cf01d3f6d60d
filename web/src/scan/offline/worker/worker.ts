/**
 * The service worker: keeps the scanner's page on the device, whole, so that it opens without a connection.
 *
 * It answers for the files of one build and for nothing else: whatever is not among them, the API above all, goes to
 * the server as if there were no service worker. It has no imports, because browsers run it as a plain script.
 */
declare const self: ServiceWorkerGlobalScope

/** Put in by the build (steps/offline.ts): what the page is made of, and a name for just that. */
declare const __KEPT__: { version: string; files: string[] }

const PAGE = '/scan'
const PREFIX = 'backfill-scanner-'
const { version, files } = __KEPT__
const name = PREFIX + version
const keptFiles = new Set(files)

self.addEventListener('install', (event) => {
  event.waitUntil(
    // All or nothing: half a page would be worse than the one before. The server is asked whether a file is still
    // the same, whatever the browser has of it.
    caches.open(name).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })))),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((one) => one.startsWith(PREFIX) && one !== name)
      await Promise.all(old.map((one) => caches.delete(one)))
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const address = new URL(request.url)
  if (request.method !== 'GET' || address.origin !== self.location.origin || !keptFiles.has(address.pathname)) return
  // Of other pages in its reach it answers for none.
  if (request.mode === 'navigate' && address.pathname !== PAGE) return
  event.respondWith(fromHere(address.pathname, request))
})

async function fromHere(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(name)
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request)
}
