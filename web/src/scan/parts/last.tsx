/** The last scan, as long as only this device knows it: how many, or not at all. */
import { useState } from 'preact/hooks'

import type { Device } from '../device.ts'
import { allowedQuantity, LARGEST_QUANTITY, takesQuantity, type Scan } from '../queue/scan.ts'
import { useTexts } from '../texts/texts.ts'

export function Last({ scan, device }: { scan: Scan; device: Device }) {
  const texts = useTexts()
  // What is being typed is nobody else's to change.
  const [typed, setTyped] = useState<string>()
  const what = scan.name ?? scan.code
  const least = allowedQuantity(scan.action, Number.NEGATIVE_INFINITY)
  return (
    <section class="last panel" aria-label={`${texts.modes[scan.action]}: ${what}`}>
      <div class="what">
        <strong>{what}</strong>
        <span class="soft">
          {scan.name !== null && <code>{scan.code}</code>} {scan.document && texts.onDocument(scan.document.number)}
          {scan.center}
        </span>
      </div>
      {takesQuantity(scan.action) && (
        <div class="stepper" role="group" aria-label={texts.quantity}>
          <button
            type="button"
            class="button big"
            aria-label={texts.fewer}
            disabled={scan.quantity <= least}
            onClick={() => void device.addQuantity(scan, -1)}
          >
            −
          </button>
          <input
            type="number"
            inputMode="numeric"
            aria-label={texts.quantity}
            min={least}
            max={LARGEST_QUANTITY}
            value={typed ?? scan.quantity}
            onFocus={(event) => {
              device.wait()
              event.currentTarget.select()
            }}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onBlur={(event) => {
              setTyped(undefined)
              const { value, valueAsNumber } = event.currentTarget
              void device.setQuantity(scan, value === '' ? scan.quantity : valueAsNumber)
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') event.currentTarget.blur()
            }}
          />
          <button type="button" class="button big" aria-label={texts.more} onClick={() => void device.addQuantity(scan, 1)}>
            +
          </button>
        </div>
      )}
      <div class="row">
        <button type="button" class="button big" aria-label={texts.undoOf(what)} onClick={() => void device.undo(scan)}>
          {texts.undo}
        </button>
        {scan.state === 'open' && (
          <button type="button" class="button big primary" onClick={() => void device.finish()}>
            {texts.save}
          </button>
        )}
      </div>
    </section>
  )
}
