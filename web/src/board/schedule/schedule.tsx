/** The Back Order Schedule (B11): what runs next and when, and what ran, with its results. */
import { useEffect, useState } from 'preact/hooks'

import { RunsDocument, ScheduleDocument } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Field, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { LAST_DAY } from '../backlog/filters.ts'
import { dayOf } from '../report/days.ts'
import { CenterFilter } from '../shell/center-filter.tsx'
import { useTitle } from '../shell/title.ts'
import { CenterSchedule } from './center-schedule.tsx'
import { RunRow, RunsHead } from './runs.tsx'

const PAGE = 25
const LOOK_EVERY_MS = 5_000

export function Schedule() {
  const { texts } = useLanguage()
  useTitle(texts.schedule.title)
  const [center, setCenter] = useState<string | null>(null)
  const today = useToday()
  const [chosen, setChosen] = useState<string | null>(null)
  const day = chosen ?? today
  const [from, until] = [`${day}T00:00:00Z`, dayAfter(day)]
  const pages = usePages(`${center ?? ''} ${day}`)
  const schedule = useLive(ScheduleDocument, { center, from, until }, { topics: ['run'] })
  const runs = useLive(RunsDocument, { center, from, until, after: pages.after }, { topics: ['run'] })
  const found = runs.data?.processorRuns
  return (
    <>
      <header class="title">
        <h1>{texts.schedule.title}</h1>
        <div class="row">
          <Field label={texts.schedule.day}>
            <input
              type="date"
              value={day}
              required
              max={LAST_DAY}
              onChange={({ currentTarget: { value } }) => value && setChosen(value === today ? null : value)}
            />
          </Field>
          <CenterFilter value={center} onChange={setCenter} />
        </div>
      </header>
      <Waiting of={schedule} />
      <div class="centers">
        {schedule.data?.backOrderSchedule.map((one) => (
          <CenterSchedule
            key={one.distributionCenter.id}
            schedule={one}
            day={day}
            own={schedule.data?.processorSchedules.filter(
              (rule) => rule.distributionCenter.id === one.distributionCenter.id,
            )}
          />
        ))}
      </div>
      {/* Not before what stands above, so that nothing moves under the reader. */}
      <section
        class="panel"
        aria-busy={runs.loading}
        hidden={schedule.data === undefined && schedule.error === undefined}
      >
        <header>
          <h2>{texts.schedule.runs}</h2>
        </header>
        <Waiting of={runs} />
        {found && found.nodes.length > 0 && (
          <div class="scroll" tabIndex={0} role="region" aria-label={texts.schedule.runs}>
            <table class="cards runs">
              <RunsHead />
              <tbody>
                {found.nodes.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {found?.totalCount === 0 && <p class="empty">{texts.schedule.empty}</p>}
        {found && <Pages of={found} at={pages} size={PAGE} />}
      </section>
    </>
  )
}

/** The day it is in UTC, also on a page that stays open over midnight, as those on a wall do. */
function useToday(): string {
  const [today, setToday] = useState(() => dayOf(Date.now()))
  useEffect(() => {
    const timer = setInterval(() => setToday(dayOf(Date.now())), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return today
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString()
}
