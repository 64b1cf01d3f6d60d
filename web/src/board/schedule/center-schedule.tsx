/** One distribution center: its next run, its day, and the means to change both. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'

import { RunNowDocument, SetScheduleDocument, type ScheduleQuery } from '../../api/operations.ts'
import { useChange, type UserError } from '../../api/live.ts'
import { Countdown, useNow } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'

type Entry = ScheduleQuery['backOrderSchedule'][number]
type Rule = ScheduleQuery['processorSchedules'][number]

const DAY_MS = 86_400_000

export function CenterSchedule({ schedule, own = [], day }: { schedule: Entry; own?: Rule[] | undefined; day: string }) {
  const { texts, format } = useLanguage()
  const { operates, administers } = useSession()
  const center = schedule.distributionCenter
  const rule = own.find((one) => !one.allClients)
  const [runNow, running] = useChange(RunNowDocument)
  const [problem, setProblem] = useState<UserError>()
  const [said, setSaid] = useState<string>()

  const start = async (): Promise<void> => {
    const answer = await runNow({ center: center.id })
    setProblem(answer.problem)
    setSaid(answer.problem ? undefined : texts.schedule.started)
  }
  return (
    <section class="panel" aria-label={`${center.code} · ${center.name}`} data-center={center.code}>
      <header>
        <h2>
          {center.code} · {center.name}
        </h2>
        {operates && (
          <button type="button" class="button small" disabled={running} onClick={start}>
            {texts.schedule.runNow}
          </button>
        )}
      </header>
      <div class="body stack">
        {schedule.nextRunAt ? (
          <p class="next-run">
            <span class="soft">{texts.schedule.nextRun}</span>
            <strong>
              <Countdown to={schedule.nextRunAt} />
            </strong>
            <span class="soft">{format.dateTime(schedule.nextRunAt)}</span>
          </p>
        ) : (
          <p class="soft">{rule && !rule.enabled ? texts.schedule.paused : texts.schedule.noRun}</p>
        )}
        <DayBar entries={schedule.entries} day={day} />
        {own
          .filter((one) => one.allClients)
          .map((one) => (
            <p key={one.id} class="soft">
              <code>{one.cron}</code> {texts.schedule.forAll}
            </p>
          ))}
        {administers && <CronForm key={rule?.cron} center={center.id} rule={rule} onProblem={setProblem} onSaid={setSaid} />}
        <Problem of={problem} />
        <p role="status" class="soft">
          {said}
        </p>
      </div>
    </section>
  )
}

/** The runs of a day on a line of 24 hours: those that were, those that failed, those to come, and now. */
function DayBar({ entries, day }: { entries: Entry['entries']; day: string }) {
  const { texts, format } = useLanguage()
  const start = Date.parse(`${day}T00:00:00Z`)
  const now = useNow()
  const place = (at: number): string => `${(100 * (at - start)) / DAY_MS}%`
  const done = entries.filter((entry) => entry.run?.status === 'COMPLETED').length
  const text = `${texts.schedule.runs}: ${texts.common.of(format.number(done), format.number(entries.length))}`
  return (
    <figure>
      <div class="day" role="img" aria-label={text} title={text}>
        {entries.map((entry) => (
          <span
            key={entry.run?.id ?? entry.at}
            class={entry.run ? (entry.run.status === 'FAILED' ? 'failed' : 'done') : undefined}
            style={{ left: place(Date.parse(entry.at)) }}
          />
        ))}
        {now >= start && now < start + DAY_MS && <span class="now" style={{ left: place(now) }} />}
      </div>
      <div class="hours" aria-hidden="true">
        {[0, 6, 12, 18, 24].map((hour) => (
          <span key={hour}>{String(hour).padStart(2, '0')}</span>
        ))}
      </div>
    </figure>
  )
}

function CronForm({
  center,
  rule,
  onProblem,
  onSaid,
}: {
  center: string
  rule: Rule | undefined
  onProblem: (problem: UserError | undefined) => void
  onSaid: (said: string | undefined) => void
}) {
  const { texts } = useLanguage()
  const [set, busy] = useChange(SetScheduleDocument)
  const [cron, setCron] = useState(rule?.cron ?? '0 6,12,18 * * *')
  const enabled = rule?.enabled ?? true
  const save = async (running: boolean): Promise<void> => {
    const answer = await set({ center, cron, enabled: running })
    onProblem(answer.problem)
    onSaid(answer.problem ? undefined : texts.schedule.saved)
  }
  return (
    <form
      class="row"
      onSubmit={(event: TargetedSubmitEvent<HTMLFormElement>) => {
        event.preventDefault()
        void save(enabled)
      }}
    >
      <label class="field" style={{ flex: '1 1 160px' }}>
        <span>{texts.schedule.cron}</span>
        <input value={cron} spellcheck={false} onInput={(event) => setCron(event.currentTarget.value)} />
      </label>
      <span class="row" style={{ alignSelf: 'end' }}>
        <button type="submit" class="button" disabled={busy}>
          {texts.schedule.save}
        </button>
        {rule && (
          <button type="button" class="button" disabled={busy} onClick={() => void save(!enabled)}>
            {enabled ? texts.schedule.pause : texts.schedule.resume}
          </button>
        )}
      </span>
    </form>
  )
}
