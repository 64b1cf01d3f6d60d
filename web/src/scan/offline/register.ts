/** Has the service worker keep the page on this device, and tells when a newer page is there. */
const ADDRESS = '/scan-worker.js'

type Listener = (update: (() => void) | undefined) => void

let waiting: ServiceWorker | undefined
let registered: ServiceWorkerRegistration | undefined
const listeners = new Set<Listener>()

/** Keep the page for offline use. Does nothing where the browser can't, or while the page is being developed. */
export async function register(): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (!workers || !import.meta.env.PROD) return
  let registration: ServiceWorkerRegistration
  try {
    registration = await workers.register(ADDRESS, { scope: '/scan', updateViaCache: 'none' })
  } catch (error) {
    console.warn('The page can not be kept for offline use.', error)
    return
  }
  registered = registration
  const look = (): void => {
    // The first one takes over by itself; a newer one waits, because this page may be in use.
    if (registration.waiting && workers.controller) {
      waiting = registration.waiting
      tell()
    }
  }
  look()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
}

/** Ask the server now whether it has another page: by themselves, browsers do so when a page is opened. */
export function lookForUpdate(): void {
  registered?.update().catch((error: unknown) => console.warn('No other page could be looked for.', error))
}

/** Call `listener` with how to change to a newer page when there is one; returns how to end that. */
export function onUpdate(listener: Listener): () => void {
  listeners.add(listener)
  listener(waiting && takeOver)
  return () => listeners.delete(listener)
}

function takeOver(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage('take over')
}

function tell(): void {
  for (const listener of listeners) listener(waiting && takeOver)
}
