/** The inventory status bar (E1): of what is requested, what is dispatched, available, incoming and short. */
import { useLanguage } from '../language/language.tsx'
import { stockParts, type StockOfLine } from './stock-parts.ts'

const PARTS = ['fulfilled', 'available', 'incoming', 'short'] as const

export function StockBar({ line }: { line: StockOfLine }) {
  const { texts, format } = useLanguage()
  const parts = stockParts(line)
  const whole = Math.max(1, line.requested - line.cancelled)
  const label = texts.bar.label(
    format.number(line.requested),
    format.number(line.available),
    format.number(line.incoming),
    format.number(parts.incoming + parts.short),
  )
  return (
    <div class="stock-bar" role="img" aria-label={label} title={label}>
      {PARTS.filter((part) => parts[part] > 0).map((part) => (
        <span key={part} class={part} style={{ width: `${(100 * parts[part]) / whole}%` }} />
      ))}
    </div>
  )
}

/** What the bar's colours mean. */
export function StockLegend() {
  const { texts } = useLanguage()
  return (
    <ul class="row soft legend" aria-label={texts.bar.legend}>
      {PARTS.map((part) => (
        <li key={part} class="row">
          <span class="stock-bar swatch" aria-hidden="true">
            <span class={part} style={{ width: '100%' }} />
          </span>
          {texts.bar[part]}
        </li>
      ))}
    </ul>
  )
}
