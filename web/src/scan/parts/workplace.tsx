/** Where one works: the distribution center, and the document that goods are received for or filled into. */
import { Field } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import type { Device, Snapshot } from '../device.ts'
import { WORKS_ON } from '../input/judge.ts'
import { unitsOpen } from '../remote/known.ts'
import { useTexts } from '../texts/texts.ts'

export function Workplace({ device, now }: { device: Device; now: Snapshot }) {
  const texts = useTexts()
  const { format } = useLanguage()
  const { mode, known, center } = now
  const kind = WORKS_ON[mode]
  const works = known.works.filter((work) => work.kind === kind)
  const centers = known.start.distributionCenters
  return (
    <section class="workplace">
      {centers.length > 1 && (
        <Field label={texts.center}>
          <select value={center ?? ''} onChange={(event) => void device.setCenter(event.currentTarget.value)}>
            {center === null && <option value="">{texts.chooseCenter}</option>}
            {centers.map(({ id, code, name }) => (
              <option key={id} value={code}>
                {code} · {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      {(mode === 'RECEIVE' || mode === 'FILL') && (
        <Field label={texts.document[mode]}>
          <select
            value={now.current[mode] ?? ''}
            onChange={(event) => {
              const work = works.find(({ id }) => id === event.currentTarget.value)
              if (work) void device.choose(work)
            }}
          >
            <option value="" disabled>
              {texts.noDocument}
            </option>
            {works.map((work) => (
              <option key={work.id} value={work.id}>
                {texts.documentOpen(work.number, format.number(unitsOpen(work)))}
              </option>
            ))}
          </select>
        </Field>
      )}
    </section>
  )
}
