/** How far a bulk operation has come, live (A6). */
import type { BulkFiguresFragment } from '../../api/operations.ts'
import { Status } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'

export function BulkProgress({ of }: { of: BulkFiguresFragment }) {
  const { texts, format } = useLanguage()
  const label = texts.bulk.progress(format.number(of.processed), format.number(of.total))
  return (
    <div class="stack" style={{ gap: '5px' }}>
      <div class="row spread">
        <Status of={of.status} />
        <span>{label}</span>
      </div>
      <progress value={of.processed} max={Math.max(1, of.total)} aria-label={label} />
      <p class="row soft">
        <span>
          {texts.bulk.succeeded} {format.number(of.succeeded)}
        </span>
        <span>
          {texts.bulk.skipped} {format.number(of.skipped)}
        </span>
        <span class={of.failed > 0 ? 'bad' : undefined}>
          {texts.bulk.failed} {format.number(of.failed)}
        </span>
      </p>
    </div>
  )
}
