import type { ReportTotalsQuery } from '../../api/operations.ts'
import { useLanguage } from '../../language/language.tsx'

/** The SKUs with the most back-ordered units on a day, as bars beside each other. */
export function Worst({ rows, day }: { rows: ReportTotalsQuery['mostBackOrdered']; day: string }) {
  const { texts, format } = useLanguage()
  const most = Math.max(1, ...rows.map((row) => row.backOrderedQty))
  return (
    <section class="panel">
      <header>
        <h2>{texts.report.worst}</h2>
        <span class="soft">{texts.report.worstOn(format.day(day))}</span>
      </header>
      {rows.length === 0 ? (
        <p class="empty">{texts.common.none}</p>
      ) : (
        <ol class="worst body">
          {rows.map((row) => (
            <li key={`${row.sku.id} ${row.distributionCenter.id}`}>
              <span>
                <span class="code">{row.sku.code}</span>{' '}
                <span class="soft">
                  {row.distributionCenter.code} · {row.sku.name}
                </span>
              </span>
              <span class="measure" style={{ width: `${(100 * row.backOrderedQty) / most}%` }} aria-hidden="true" />
              <span class="num">{format.number(row.backOrderedQty)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
