/** How much of a line was asked for, left, is still missing and is there: the same cells in every table of lines. */
import type { WaitingLineFragment } from '../../api/operations.ts'
import { useLanguage } from '../../language/language.tsx'

type Line = Pick<WaitingLineFragment, 'requested' | 'allocated' | 'shipped' | 'open' | 'available' | 'short'>

export function Quantities({ line }: { line: Line }) {
  const { texts, format } = useLanguage()
  const labels = texts.backOrders
  const missing = line.short ? 'num short' : 'num'
  return (
    <>
      <td class="num" data-label={labels.requested}>
        {format.number(line.requested)}
      </td>
      <td class="num" data-label={labels.fulfilled}>
        {format.number(line.allocated + line.shipped)}
      </td>
      <td class={missing} data-label={labels.outstanding}>
        {format.number(line.open)}
        {line.short && <span class="unseen"> {texts.bar.short}</span>}
      </td>
      <td class={missing} data-label={labels.available}>
        {format.number(line.available)}
      </td>
    </>
  )
}
