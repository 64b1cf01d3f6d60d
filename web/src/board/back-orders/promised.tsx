import { useLanguage } from '../../language/language.tsx'

/** When the rest of a line is promised, or why it is not (F4). */
export function Promised({ line }: { line: { promisedAt?: string | null; promiseReason?: string | null } }) {
  const { texts, format } = useLanguage()
  if (line.promisedAt) return <span>{format.date(line.promisedAt)}</span>
  return <span class="soft">{texts.promises[line.promiseReason ?? 'NOTHING_OPEN']}</span>
}
