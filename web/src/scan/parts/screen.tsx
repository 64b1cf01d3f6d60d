/** The one screen: what happened last, the scans, and below, within a thumb's reach, what one does. */
import { useCallback, useState } from 'preact/hooks'

import { useLanguage } from '../../language/language.tsx'
import { lastOf, type Device, type Snapshot } from '../device.ts'
import { useWedge } from '../input/use-wedge.ts'
import { isUnsettled } from '../queue/scan.ts'
import { useTexts } from '../texts/texts.ts'
import { Camera } from './camera.tsx'
import { CodeEntry } from './code-entry.tsx'
import { Last } from './last.tsx'
import { Modes } from './modes.tsx'
import { Preferences } from './preferences.tsx'
import { Saying } from './saying.tsx'
import { Scans } from './scans.tsx'
import { Updates } from './updates.tsx'
import { Workplace } from './workplace.tsx'

export type Reading = 'none' | 'camera' | 'keys'

export function Screen({ device, now }: { device: Device; now: Snapshot }) {
  const texts = useTexts()
  const { format } = useLanguage()
  const [reading, setReading] = useState<Reading>('none')
  const onCode = useCallback((code: string) => void device.scanned(code), [device])
  const closeReader = useCallback(() => setReading('none'), [])
  useWedge(onCode)
  const unsent = now.scans.filter(isUnsettled).length
  const tone = { online: 'good', connecting: 'plain', offline: 'bad' }[now.link]
  const last = lastOf(now.scans)

  return (
    <div class="scanner">
      <header class="top">
        <h1>
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>{texts.title}</span>
        </h1>
        <span class={`chip ${unsent > 0 ? 'warn' : 'plain'}`} data-unsent={unsent}>
          {unsent > 0 ? texts.waiting(format.number(unsent)) : texts.allSent}
        </span>
        <span class={`chip connection ${tone}`} role="status" data-state={now.link}>
          <span class="dot" aria-hidden="true" />
          {texts.link[now.link]}
        </span>
        <Preferences now={now} unsent={unsent} />
      </header>
      <main id="content" tabIndex={-1}>
        <Updates />
        {now.forbidden && (
          <p class="message bad" role="alert">
            {texts.forbidden}
          </p>
        )}
        {now.misunderstood && (
          <p class="message bad" role="alert">
            {texts.misunderstood}
          </p>
        )}
        {!isSecureContext && <p class="message warn">{texts.insecure}</p>}
        {now.elsewhere > 0 && <p class="message warn">{texts.elsewhere(format.number(now.elsewhere))}</p>}
        {reading === 'camera' && <Camera onCode={onCode} onClose={closeReader} />}
        <Saying now={now} />
        {last && <Last key={last.place} scan={last} device={device} />}
        <Workplace device={device} now={now} />
        <Scans device={device} now={now} shown={last} />
      </main>
      <section class="dock" aria-label={texts.mode}>
        {reading === 'keys' && <CodeEntry onCode={onCode} />}
        <div class="readers">
          <button
            type="button"
            class="button big"
            aria-pressed={reading === 'keys'}
            onClick={() => setReading(reading === 'keys' ? 'none' : 'keys')}
          >
            {texts.type}
          </button>
          <button
            type="button"
            class="button big primary"
            aria-pressed={reading === 'camera'}
            onClick={() => setReading(reading === 'camera' ? 'none' : 'camera')}
          >
            {reading === 'camera' ? texts.closeCamera : texts.camera}
          </button>
        </div>
        <Modes mode={now.mode} onMode={(mode) => void device.setMode(mode)} />
      </section>
    </div>
  )
}
