/** Choosing a distribution center, or all of them. */
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
        <Options of={start.distributionCenters} />
      </select>
    </Field>
  )
}

/** A choice for each of these. */
export function Options({ of }: { of: { id: string; code: string; name: string }[] }) {
  return of.map((one) => (
    <option key={one.id} value={one.id}>
      {one.code} · {one.name}
    </option>
  ))
}
