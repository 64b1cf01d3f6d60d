/** Installing the page as an app, where the browser offers it. */
import { useEffect, useState } from 'preact/hooks'

interface InstallOffer extends Event {
  prompt: () => Promise<unknown>
}

let offer: InstallOffer | undefined
const listeners = new Set<() => void>()

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offer = event as InstallOffer
  for (const listener of listeners) listener()
})
addEventListener('appinstalled', () => {
  offer = undefined
  for (const listener of listeners) listener()
})

/** What installs the page; undefined when it is installed already, or the browser doesn't offer it. */
export function useInstall(): (() => void) | undefined {
  const [offered, setOffered] = useState(offer)
  useEffect(() => {
    const listener = (): void => setOffered(offer)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, [])
  return offered && (() => void offered.prompt())
}
