/** The scans of this device: first those that somebody has to look at, then the others, the latest first. */
import { useLanguage } from '../../language/language.tsx'
import type { Tone } from '../../design/parts.tsx'
import type { Device, Snapshot } from '../device.ts'
import { isOnlyHere, isRejected, type Scan, type ScanState } from '../queue/scan.ts'
import { useTexts } from '../texts/texts.ts'
import { adviceOn, nameOf } from './saying.tsx'

const TONES: Record<ScanState, Tone> = {
  open: 'coming',
  waiting: 'warn',
  done: 'good',
  skipped: 'warn',
  failed: 'bad',
  unclear: 'bad',
}
const SHOWN = 50

/** All but `shown`, which is to be seen above. */
export function Scans({ device, now, shown }: { device: Device; now: Snapshot; shown: Scan | undefined }) {
  const texts = useTexts()
  const latest = now.scans.filter((scan) => scan.key !== shown?.key).toReversed()
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
      {now.scans.length === 0 && <p class="soft">{texts.none}</p>}
      {others.length > 0 && (
        <section class="scans">
          <h2>{texts.scans}</h2>
          <ul>
            {others.map((scan) => (
              <Row key={scan.key} scan={scan} device={device} />
            ))}
          </ul>
        </section>
      )}
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
        {[
          scan.name === null ? null : scan.code,
          scan.document && texts.onDocument(scan.document.number),
          scan.center,
          texts.recordedBy(scan.by, format.time(scan.scannedAt)),
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </p>
      {scan.state === 'waiting' && scan.triedAt !== null && <p class="soft">{texts.inDoubt}</p>}
      {rejected && (
        <>
          <p class="advice">{adviceOn(scan, texts)}</p>
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
