/** Choosing one distribution center, or all. */
import { Field } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { useSession } from './session.tsx'

export function CenterFilter({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { texts } = useLanguage()
  const { start } = useSession()
  return (
    <Field label={texts.common.center}>
      <select value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{texts.common.all}</option>
        {start.distributionCenters.map((center) => (
          <option key={center.id} value={center.id}>
            {center.code} · {center.name}
          </option>
        ))}
      </select>
    </Field>
  )
}
