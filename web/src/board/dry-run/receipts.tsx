/** What is supposed to have arrived, though it has not. */
import { Field } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'

export interface Receipt {
  skuCode: string
  quantity: number
}

export function Receipts({ receipts, onChange }: { receipts: Receipt[]; onChange: (receipts: Receipt[]) => void }) {
  const { texts } = useLanguage()
  const set = (index: number, changed: Partial<Receipt>): void =>
    onChange(receipts.map((one, place) => (place === index ? { ...one, ...changed } : one)))
  return (
    <fieldset class="receipts">
      <legend class="soft">{texts.dryRun.suppose}</legend>
      {receipts.map((receipt, index) => (
        <div key={index} class="receipt">
          <Field label={texts.common.sku}>
            <input
              value={receipt.skuCode}
              required
              onInput={(event) => set(index, { skuCode: event.currentTarget.value })}
            />
          </Field>
          <Field label={texts.common.quantity}>
            <input
              type="number"
              min={1}
              required
              value={receipt.quantity}
              onInput={(event) => set(index, { quantity: event.currentTarget.valueAsNumber || 1 })}
            />
          </Field>
          <button
            type="button"
            class="button"
            onClick={() => onChange(receipts.filter((_, place) => place !== index))}
          >
            {texts.dryRun.remove}
          </button>
        </div>
      ))}
      <div>
        <button type="button" class="button small" onClick={() => onChange([...receipts, { skuCode: '', quantity: 1 }])}>
          {texts.dryRun.addReceipt}
        </button>
      </div>
    </fieldset>
  )
}
