/** Runs of the Order Processor with their results, those under way with their progress. */
import type { RunFiguresFragment } from '../../api/operations.ts'
import { Status } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'

const FIGURES = [
  ['examined', 'ordersExamined'],
  ['committed', 'ordersCommitted'],
  ['backOrdered', 'ordersBackOrdered'],
  ['returned', 'ordersReturned'],
  ['dispatches', 'dispatchesCreated'],
] as const

export function RunsHead() {
  const { texts } = useLanguage()
  return (
    <thead>
      <tr>
        <th scope="col">{texts.schedule.due}</th>
        <th scope="col">{texts.common.center}</th>
        <th scope="col">{texts.common.status}</th>
        {FIGURES.map(([name]) => (
          <th key={name} scope="col" class="num">
            {texts.schedule[name]}
          </th>
        ))}
        <th scope="col" class="num">
          {texts.schedule.took}
        </th>
        <th scope="col">{texts.schedule.by}</th>
      </tr>
    </thead>
  )
}

export function RunRow({ run }: { run: RunFiguresFragment }) {
  const { texts, format } = useLanguage()
  const percent = format.percent(run.progress)
  return (
    <tr data-run={run.status}>
      <th scope="row" data-label={texts.schedule.due}>
        {format.dateTime(run.scheduledAt)}
      </th>
      <td data-label={texts.common.center}>{run.distributionCenter.code}</td>
      <td data-label={texts.common.status}>
        <span>
          <Status of={run.status} />
          {run.failure && <span class="soft"> {run.failure}</span>}
          {run.status === 'RUNNING' && (
            <progress value={run.progress} max={1} aria-label={texts.schedule.progress(percent)} />
          )}
        </span>
      </td>
      {FIGURES.map(([name, field]) => (
        <td key={name} class="num" data-label={texts.schedule[name]}>
          {format.number(run[field])}
        </td>
      ))}
      <td class="num" data-label={texts.schedule.took}>
        {run.startedAt && run.finishedAt
          ? `${format.number(Math.max(0, Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000)} s`
          : '–'}
      </td>
      <td data-label={texts.schedule.by}>{run.requestedBy}</td>
    </tr>
  )
}
