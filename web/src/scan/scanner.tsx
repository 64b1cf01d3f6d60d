/** The scanner: signing in, then the device. */
import { useCallback, useEffect, useState } from 'preact/hooks'

import { signOut } from '../api/session.ts'
import { useToken } from '../api/use-token.ts'
import { SignIn } from '../board/shell/sign-in.tsx'
import { LanguageProvider, useLanguage } from '../language/language.tsx'
import { Device, type Snapshot } from './device.ts'
import { Screen } from './parts/screen.tsx'
import { play } from './parts/sounds.ts'
import { openDatabase } from './queue/database.ts'
import { keepKnown, keptKnown, learnIdentity } from './remote/identity.ts'
import { useTexts } from './texts/texts.ts'

export function Scanner() {
  return (
    <LanguageProvider>
      <SignedIn />
    </LanguageProvider>
  )
}

function SignedIn() {
  const texts = useTexts()
  const { token, refused, refuse } = useToken()
  useEffect(() => {
    document.title = `${texts.title} · Backfill`
  }, [texts])
  const onRefused = useCallback(() => {
    refuse()
    signOut()
  }, [refuse])
  if (token === null) return <SignIn refused={refused} remembered />
  return <Session key={token} token={token} onRefused={onRefused} />
}

const TRY_AGAIN_MS = 2_000

function Session({ token, onRefused }: { token: string; onRefused: () => void }) {
  const texts = useTexts()
  const { texts: shared } = useLanguage()
  const [device, setDevice] = useState<Device>()
  const [snapshot, setSnapshot] = useState<Snapshot>()
  const [waits, setWaits] = useState(false)
  const [broken, setBroken] = useState(false)

  useEffect(() => {
    let ended = false
    let opened: Device | undefined
    const refuse = (): void => {
      if (!ended) onRefused()
    }
    const begin = async (): Promise<void> => {
      const database = await openDatabase(() => location.reload())
      let known = await keptKnown(database, token)
      while (!known && !ended) {
        const learned = await learnIdentity(undefined)
        if (learned.kind === 'known') {
          known = learned.known
          await keepKnown(database, token, known)
        } else if (learned.kind === 'unauthenticated') {
          refuse()
          return
        } else {
          setWaits(true)
          await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
        }
      }
      if (!known || ended) return
      const events = {
        onSnapshot: (now: Snapshot) => {
          if (!ended) setSnapshot(now)
        },
        onSound: play,
        onRefused: refuse,
      }
      opened = await Device.open(database, { token, known, events })
      if (ended as boolean) opened.close()
      else setDevice(opened)
    }
    begin().catch((error: unknown) => {
      console.warn('The device keeps nothing.', error)
      if (!ended) setBroken(true)
    })

    const wake = (): void => opened?.wake()
    const lost = (): void => opened?.lost()
    const seen = (): void => {
      if (document.visibilityState === 'visible') wake()
    }
    addEventListener('online', wake)
    addEventListener('offline', lost)
    document.addEventListener('visibilitychange', seen)
    return () => {
      ended = true
      opened?.close()
      removeEventListener('online', wake)
      removeEventListener('offline', lost)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [token, onRefused])

  if (broken) {
    return (
      <main class="empty">
        <p class="message bad" role="alert">
          {texts.noStorage}
        </p>
      </main>
    )
  }
  if (device && snapshot) return <Screen device={device} now={snapshot} />
  return (
    <main class="empty">
      <p role="status">{waits ? texts.firstTime : `${shared.common.loading} …`}</p>
    </main>
  )
}
