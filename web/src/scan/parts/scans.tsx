/** The scans of this device: first those that somebody has to look at, then the others, the latest first. */
import { useLanguage } from '../../language/language.tsx'
import type { Tone } from '../../design/parts.tsx'
import type { Device, Snapshot } from '../device.ts'
import { isOnlyHere, isRejected, type Scan, type ScanState } from '../queue/scan.ts'
import type { ScanTexts } from '../texts/en.ts'
import { useTexts } from '../texts/texts.ts'
import { nameOf } from './saying.tsx'

const TONES: Record<ScanState, Tone> = {
  open: 'coming',
  waiting: 'warn',
  done: 'good',
  skipped: 'warn',
  failed: 'bad',
  unclear: 'bad',
}
const SHOWN = 50

export function Scans({ device, now }: { device: Device; now: Snapshot }) {
  const texts = useTexts()
  const latest = now.scans.toReversed()
  const rejected = latest.filter(isRejected)
  const others = latest.filter((scan) => !isRejected(scan)).slice(0, SHOWN)
  return (
    <>
      {rejected.length > 0 && (
        <section class="scans">
          <h2>{texts.needsYou}</h2>
          <ul>
            {rejected.map((scan) => (
              <Row key={scan.key} scan={scan} device={device} />
            ))}
          </ul>
        </section>
      )}
      <section class="scans">
        <h2>{texts.scans}</h2>
        {others.length === 0 && <p class="soft">{texts.none}</p>}
        <ul>
          {others.map((scan) => (
            <Row key={scan.key} scan={scan} device={device} />
          ))}
        </ul>
      </section>
    </>
  )
}

function Row({ scan, device }: { scan: Scan; device: Device }) {
  const texts = useTexts()
  const { format, language } = useLanguage()
  const what = nameOf(scan, format.number)
  const rejected = isRejected(scan)
  return (
    <li class={`scan panel ${scan.state}`} data-state={scan.state} data-key={scan.key}>
      <div class="what">
        <strong>
          {texts.modes[scan.action]}: {what}
        </strong>
        <span class={`chip ${TONES[scan.state]}`}>{texts.states[scan.state]}</span>
      </div>
      <p class="soft">
        {scan.name !== null && <code>{scan.code} </code>}
        {scan.document && `${texts.onDocument(scan.document.number)} `}
        {scan.center !== null && `${scan.center} `}
        {texts.recordedBy(scan.by, format.time(scan.scannedAt))}
      </p>
      {scan.state === 'waiting' && scan.triedAt !== null && <p class="soft">{texts.inDoubt}</p>}
      {rejected && (
        <>
          <p class="advice">{advice(scan, texts)}</p>
          {scan.error && (
            <p class="soft" lang={language === 'en' ? undefined : 'en'}>
              {scan.error.message}
            </p>
          )}
          <div class="row">
            {scan.state !== 'skipped' && (
              <button type="button" class="button" aria-label={texts.againOf(what)} onClick={() => void device.again(scan)}>
                {texts.again}
              </button>
            )}
            <button type="button" class="button" aria-label={texts.dismissOf(what)} onClick={() => void device.dismiss(scan)}>
              {texts.dismiss}
            </button>
          </div>
        </>
      )}
      {isOnlyHere(scan) && scan.state === 'waiting' && (
        <button type="button" class="button" aria-label={texts.undoOf(what)} onClick={() => void device.undo(scan)}>
          {texts.undo}
        </button>
      )}
    </li>
  )
}

/** What to do about a scan that was not applied. */
function advice(scan: Scan, texts: ScanTexts): string {
  if (scan.state === 'unclear') return texts.unclear
  return texts.whatToDo[scan.error?.code ?? ''] ?? texts.whatToDoElse
}
