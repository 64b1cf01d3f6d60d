/** What one is doing: one of five, by touch, by arrow keys, or by a screen reader's. */
import type { ScanAction } from '../../api/operations.ts'
import { useTexts } from '../texts/texts.ts'

const ICONS: Record<ScanAction, string> = {
  RECEIVE: 'M12 3v11m0 0-4-4m4 4 4-4M4 15v5h16v-5',
  FILL: 'M4 8h16v12H4zM8 12v4m4-6v6m4-3v3M4 8l3-4h10l3 4',
  PACK: 'M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10',
  SHIP: 'M3 6h11v10H3zM14 10h4l3 3v3h-7zM7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  COUNT: 'M5 6h.01M5 12h.01M5 18h.01M9 6h10M9 12h10M9 18h10',
}
const MODES = ['RECEIVE', 'FILL', 'PACK', 'SHIP', 'COUNT'] as const

export function Modes({ mode, onMode }: { mode: ScanAction; onMode: (mode: ScanAction) => void }) {
  const texts = useTexts()
  return (
    <fieldset class="modes">
      <legend class="unseen">{texts.mode}</legend>
      {MODES.map((one) => (
        <label key={one}>
          <input type="radio" name="mode" value={one} checked={one === mode} onChange={() => onMode(one)} />
          <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
            <path d={ICONS[one]} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
          </svg>
          <span>{texts.modes[one]}</span>
        </label>
      ))}
    </fieldset>
  )
}
