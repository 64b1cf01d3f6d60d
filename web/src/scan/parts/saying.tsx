/** What happened last, large and in colour; screen readers say it. */
import { useLanguage } from '../../language/language.tsx'
import type { Snapshot } from '../device.ts'
import { takesQuantity, type Scan } from '../queue/scan.ts'
import { unitsOpen } from '../remote/known.ts'
import type { ScanTexts } from '../texts/en.ts'
import { useTexts } from '../texts/texts.ts'

interface Words {
  tone: 'good' | 'warn' | 'bad' | 'plain'
  title: string
  detail?: string | undefined
}

export function Saying({ now }: { now: Snapshot }) {
  const texts = useTexts()
  const { format } = useLanguage()
  const { tone, title, detail } = words(now, texts, format.number)
  return (
    <div class={`saying ${tone}`} role={tone === 'bad' ? 'alert' : 'status'} aria-atomic="true" data-tone={tone}>
      <p class="title">{title}</p>
      {detail !== undefined && <p>{detail}</p>}
    </div>
  )
}

/** A scan in a few words: how many of what. */
export function nameOf(scan: Scan, number: (value: number) => string): string {
  const what = scan.name ?? scan.code
  return takesQuantity(scan.action) ? `${number(scan.quantity)} × ${what}` : what
}

function words(now: Snapshot, texts: ScanTexts, number: (value: number) => string): Words {
  const { said, mode, link } = now
  if (!said) return { tone: 'plain', title: texts.ready, detail: texts.hints[mode] }
  switch (said.kind) {
    case 'recorded': {
      if (said.scan.action === 'COUNT') {
        const title = texts.counted(said.scan.name ?? said.scan.code, number(said.scan.quantity))
        return { tone: 'good', title, detail: texts.countHint }
      }
      const offline = link === 'offline'
      const title = texts.recorded(nameOf(said.scan, number))
      return { tone: offline ? 'warn' : 'good', title, detail: offline ? texts.recordedOffline : undefined }
    }
    case 'doubt': {
      const what = said.scan.name ?? said.scan.code
      const detail = texts.doubts[said.doubt](what, said.scan.document?.number ?? '')
      return { tone: 'warn', title: texts.recorded(what), detail }
    }
    case 'settled':
      return settled(said.scans, texts, number)
    case 'chosen': {
      const detail = texts.linesOpen(number(unitsOpen(said.work)))
      return { tone: 'good', title: texts.chosen(said.work.number), detail }
    }
    case 'removed':
      return { tone: 'plain', title: texts.removed(nameOf(said.scan, number)), detail: texts.hints[mode] }
    case 'wrong':
      return { tone: 'bad', title: texts.wrong[said.why](said.what) }
    default:
      return { tone: said.kind === 'notSaved' ? 'bad' : 'warn', title: texts[said.kind] }
  }
}

function settled(scans: Scan[], texts: ScanTexts, number: (value: number) => string): Words {
  const rejected = scans.filter((scan) => scan.state !== 'done')
  const [only, another] = scans
  if (only && !another) {
    const title = texts.applied(texts.did[only.action], nameOf(only, number))
    if (only.state === 'done') return { tone: 'good', title }
    const skipped = only.state === 'skipped'
    return { tone: skipped ? 'warn' : 'bad', title: `${nameOf(only, number)}: ${texts.states[only.state]}`, detail: adviceOn(only, texts) }
  }
  if (rejected.length === 0) return { tone: 'good', title: texts.appliedMany(number(scans.length)) }
  const title = texts.rejectedMany(number(rejected.length), number(scans.length))
  return { tone: rejected.every((scan) => scan.state === 'skipped') ? 'warn' : 'bad', title }
}

/** What to do about a scan that was not applied. */
export function adviceOn(scan: Scan, texts: ScanTexts): string {
  if (scan.state === 'unclear') return texts.unclear
  const code = scan.error?.code ?? ''
  if (code === 'NOT_FOUND' && !takesQuantity(scan.action)) return texts.noDispatch
  return texts.whatToDo[code] ?? texts.whatToDoElse
}
