/** The Backordering report (B12): charts over days, the worst SKUs, every row, and the same as files. */
import { useState } from 'preact/hooks'

import { fetchFile } from '../../api/files.ts'
import { ReportRowsDocument, ReportTotalsDocument, type ReportRowsQuery } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Field, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { CenterFilter } from '../shell/center-filter.tsx'
import { useSession } from '../shell/session.tsx'
import { useTitle } from '../shell/title.ts'
import { DayChart } from './day-chart.tsx'
import { lastDays } from './days.ts'
import { Worst } from './worst.tsx'

const PAGE = 50

export function Report() {
  const { texts } = useLanguage()
  useTitle(texts.report.title)
  const [center, setCenter] = useState<string | null>(null)
  const [{ from, until }, setDays] = useState(() => lastDays(30, Date.now()))
  const filter = { from, until, distributionCenter: center }
  const totals = useLive(ReportTotalsDocument, { filter }, { topics: ['line'] })
  const days = totals.data?.backOrderTotals ?? []
  return (
    <>
      <header class="title">
        <h1>{texts.report.title}</h1>
        <div class="row" style={{ alignItems: 'end' }}>
          <Field label={texts.report.from}>
            <input
              type="date"
              value={from}
              max={until}
              required
              onChange={(event) => event.currentTarget.value && setDays({ from: event.currentTarget.value, until })}
            />
          </Field>
          <Field label={texts.report.until}>
            <input
              type="date"
              value={until}
              min={from}
              required
              onChange={(event) => event.currentTarget.value && setDays({ from, until: event.currentTarget.value })}
            />
          </Field>
          <CenterFilter value={center} onChange={setCenter} />
          <Downloads from={from} until={until} center={center} />
        </div>
      </header>
      <Waiting of={totals} />
      {totals.data && days.length === 0 && <p class="panel empty">{texts.report.empty}</p>}
      {days.length > 0 && (
        <div class="columns">
          <div class="stack">
          <section class="panel">
            <header>
              <h2>{texts.report.units}</h2>
            </header>
            <div class="body">
              <DayChart
                kind="bars"
                label={texts.report.units}
                {...{ from, until }}
                points={days.map((day) => ({ day: day.day, value: day.backOrderedQty }))}
              />
            </div>
          </section>
          <section class="panel">
            <header>
              <h2>{texts.report.filled}</h2>
            </header>
            <div class="body">
              <DayChart
                kind="curve"
                label={texts.report.filled}
                {...{ from, until }}
                points={days.flatMap((day) =>
                  day.shareFilledAtOnce == null ? [] : [{ day: day.day, value: day.shareFilledAtOnce }],
                )}
              />
            </div>
          </section>
          </div>
          <Worst rows={totals.data?.mostBackOrdered ?? []} day={until} />
        </div>
      )}
      <Rows filter={filter} hidden={totals.data === undefined && totals.error === undefined} />
    </>
  )
}

function Downloads({ from, until, center }: { from: string; until: string; center: string | null }) {
  const { texts } = useLanguage()
  const { start } = useSession()
  const [failed, setFailed] = useState(false)
  const code = start.distributionCenters.find((one) => one.id === center)?.code
  const asked = new URLSearchParams({ from, until, ...(code === undefined ? {} : { distributionCenter: code }) })
  const download = async (format: 'csv' | 'xlsx'): Promise<void> => {
    setFailed(false)
    try {
      await fetchFile(`/reports/backordering.${format}?${asked.toString()}`)
    } catch {
      setFailed(true)
    }
  }
  return (
    <span class="row" role="group" aria-label={texts.report.download}>
      {(['csv', 'xlsx'] as const).map((format) => (
        <button key={format} type="button" class="button" onClick={() => download(format)}>
          <span class="unseen">{texts.report.download} </span>
          {texts.report[format]}
        </button>
      ))}
      {failed && (
        <span class="bad" role="alert">
          {texts.common.failed}
        </span>
      )}
    </span>
  )
}

type ReportRow = ReportRowsQuery['backOrderReport']['nodes'][number]

interface RowsFilter {
  from: string
  until: string
  distributionCenter: string | null
}

/** `hidden` until what stands above is there, so that nothing moves under the reader. */
function Rows({ filter, hidden }: { filter: RowsFilter; hidden: boolean }) {
  const { texts } = useLanguage()
  const pages = usePages(JSON.stringify(filter))
  const rows = useLive(ReportRowsDocument, { filter, after: pages.after })
  const found = rows.data?.backOrderReport
  const labels = texts.report
  return (
    <section class="panel" aria-busy={rows.loading} hidden={hidden}>
      <header>
        <h2>{labels.rows}</h2>
      </header>
      <Waiting of={rows} />
      <div class="scroll" tabIndex={0} role="region" aria-label={labels.title}>
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">{labels.day}</th>
              <th scope="col">{texts.common.center}</th>
              <th scope="col">{texts.common.sku}</th>
              {(['backOrdered', 'orders', 'lines', 'oldest', 'demanded', 'share', 'incoming'] as const).map((name) => (
                <th key={name} scope="col" class="num">
                  {labels[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found?.nodes.map((row) => (
              <Row key={`${row.day} ${row.distributionCenter.id} ${row.sku.id}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {found && <Pages of={found} at={pages} size={PAGE} />}
    </section>
  )
}

function Row({ row }: { row: ReportRow }) {
  const { texts, format } = useLanguage()
  const labels = texts.report
  return (
    <tr>
      <th scope="row" data-label={labels.day}>
        {format.day(row.day)}
      </th>
      <td data-label={texts.common.center}>{row.distributionCenter.code}</td>
      <td class="wide goods">
        <span>
          <span class="code">{row.sku.code}</span> <span class="soft">{row.sku.name}</span>
        </span>
      </td>
      <td class={row.backOrderedQty > 0 ? 'num short' : 'num'} data-label={labels.backOrdered}>
        {format.number(row.backOrderedQty)}
      </td>
      <td class="num" data-label={labels.orders}>
        {format.number(row.orders)}
      </td>
      <td class="num" data-label={labels.lines}>
        {format.number(row.lines)}
      </td>
      <td class="num" data-label={labels.oldest}>
        {row.oldestAgeHours == null ? '–' : labels.hours(format.number(row.oldestAgeHours))}
      </td>
      <td class="num" data-label={labels.demanded}>
        {format.number(row.demanded)}
      </td>
      <td class="num" data-label={labels.share}>
        {row.shareFilledAtOnce == null ? '–' : format.percent(row.shareFilledAtOnce)}
      </td>
      <td class="num" data-label={labels.incoming}>
        {format.number(row.incoming)}
        {row.incomingAt && <span class="soft"> {format.date(row.incomingAt)}</span>}
      </td>
    </tr>
  )
}
