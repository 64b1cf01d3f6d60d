import { useLanguage } from '../../language/language.tsx'

interface PromisedLine {
  promisedAt?: string | null
  promiseReason?: string | null
}

/** Whether a line has no rest. */
export function nothingToPromise({ promiseReason }: PromisedLine): boolean {
  return promiseReason === 'NOTHING_OPEN'
}

/** When the rest of a line is promised, or why it is not (F4). */
export function Promised({ line }: { line: PromisedLine }) {
  const { texts, format } = useLanguage()
  if (nothingToPromise(line)) return <span>–</span>
  if (line.promisedAt) return <span>{format.date(line.promisedAt)}</span>
  return <span class="soft">{texts.promises[line.promiseReason ?? 'NOTHING_OPEN']}</span>
}
