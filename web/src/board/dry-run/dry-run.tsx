/** The dry run (F2): what a run would do, beside what is, with receipts that have not happened if one likes. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'

import {
  ApplyPlanDocument,
  PlanAllocationDocument,
  PlanDocument,
  type PlanAllocationMutation,
  type PlanEffect,
  type PlanQuery,
} from '../../api/operations.ts'
import { useChange, useLive, type UserError } from '../../api/live.ts'
import { Field, Figure, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { orderPlace, PLACES } from '../places.ts'
import { Options } from '../shell/center-filter.tsx'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'
import { useTitle } from '../shell/title.ts'
import { Receipts, type Receipt } from './receipts.tsx'

type Planned = NonNullable<PlanAllocationMutation['planAllocation']['plan']>

export function DryRun() {
  const { texts } = useLanguage()
  useTitle(texts.dryRun.title)
  const { start, operates } = useSession()
  const [center, setCenter] = useState(start.distributionCenters[0]?.id ?? '')
  const [receipts, setReceipts] = useState<Receipt[]>([])
  const [plan, setPlan] = useState<Planned>()
  const [problem, setProblem] = useState<UserError>()
  const [make, busy] = useChange(PlanAllocationDocument)

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const answer = await make({
      center,
      receipts: receipts.filter((one) => one.skuCode.trim() !== '').map((one) => ({ ...one, skuCode: one.skuCode.trim() })),
    })
    setProblem(answer.problem)
    setPlan(answer.data?.planAllocation.plan ?? undefined)
  }

  return (
    <>
      <header class="title">
        <div>
          <h1>{texts.dryRun.title}</h1>
          <p>{texts.dryRun.intro}</p>
        </div>
      </header>
      <form class="panel" onSubmit={submit}>
        <div class="body stack">
          <div class="row" style={{ alignItems: 'end' }}>
            <Field label={texts.common.center}>
              <select value={center} onChange={(event) => setCenter(event.currentTarget.value)}>
                <Options of={start.distributionCenters} />
              </select>
            </Field>
            <button type="submit" class="button primary" disabled={busy || !operates}>
              {busy ? texts.dryRun.planning : texts.dryRun.plan}
            </button>
          </div>
          <Receipts receipts={receipts} onChange={setReceipts} />
          <Problem of={problem} />
        </div>
      </form>
      {plan && <Plan key={plan.id} plan={plan} />}
    </>
  )
}

type Found = Extract<NonNullable<PlanQuery['node']>, { changes: unknown }>
const EFFECTS = ['GAINED', 'LOST', 'UNCHANGED'] as const
const NAMES = { GAINED: 'gained', LOST: 'lost', UNCHANGED: 'unchanged' } as const

function Plan({ plan }: { plan: Planned }) {
  const { texts, format } = useLanguage()
  const [effect, setEffect] = useState<PlanEffect>('GAINED')
  const [afterRanks, setAfterRanks] = useState<number[]>([])
  const [apply, applying] = useChange(ApplyPlanDocument)
  const [problem, setProblem] = useState<UserError>()
  const answer = useLive(
    PlanDocument,
    { id: plan.id, effects: [effect], afterRank: afterRanks.at(-1) ?? 0 },
    { topics: ['order', 'line', 'run'] },
  )
  const found = answer.data?.node as Found | null | undefined
  const failed = found?.run?.status === 'FAILED'
  const applied = found?.run && !failed
  const last = found?.changes.at(-1)?.rank
  return (
    <>
      <dl class="figures">
        <Figure label={texts.dryRun.examined}>{format.number(plan.ordersExamined)}</Figure>
        <Figure label={texts.dryRun.committed}>{format.number(plan.ordersCommitted)}</Figure>
        <Figure label={texts.dryRun.backOrdered}>{format.number(plan.ordersBackOrdered)}</Figure>
        <Figure label={texts.dryRun.returned}>{format.number(plan.ordersReturned)}</Figure>
      </dl>
      <section class="panel plan" aria-busy={answer.loading}>
        <header>
          <div class="tabs" role="group" aria-label={texts.common.status}>
            {EFFECTS.map((one) => (
              <button
                key={one}
                type="button"
                class="tab"
                aria-pressed={effect === one}
                onClick={() => {
                  setEffect(one)
                  setAfterRanks([])
                }}
              >
                {texts.dryRun[NAMES[one]]}
              </button>
            ))}
          </div>
          <span class="row">
            <span class="soft">{texts.dryRun.plannedAt(format.time(plan.plannedAt))}</span>
            {!plan.hypothetical && !applied && found?.applicable && (
              <button
                type="button"
                class="button primary"
                disabled={applying}
                onClick={async () => setProblem((await apply({ id: plan.id })).problem)}
              >
                {texts.dryRun.apply}
              </button>
            )}
          </span>
        </header>
        {plan.hypothetical && <p class="message">{texts.dryRun.hypothetical}</p>}
        {applied && (
          <p class="message good" role="status">
            {texts.dryRun.applied} <a href={PLACES.schedule}>{texts.navigation.schedule}</a>
          </p>
        )}
        {failed && (
          <p class="message warn" role="status">
            {found.run?.failure}
          </p>
        )}
        {found && !found.applicable && !plan.hypothetical && !found.run && (
          <p class="message warn" role="status">
            {texts.dryRun.stale}
          </p>
        )}
        <Problem of={problem} />
        <Waiting of={answer} />
        {found?.changes.length === 0 && <p class="empty">{texts.dryRun.nothing}</p>}
        {found && found.changes.length > 0 && <Changes changes={found.changes} />}
        <div class="row pages">
          {afterRanks.length > 0 && (
            <button type="button" class="button small" onClick={() => setAfterRanks(afterRanks.slice(0, -1))}>
              {texts.common.previous}
            </button>
          )}
          {last !== undefined && found?.changes.length === 50 && (
            <button type="button" class="button small" onClick={() => setAfterRanks([...afterRanks, last])}>
              {texts.common.next}
            </button>
          )}
        </div>
      </section>
    </>
  )
}

function Changes({ changes }: { changes: Found['changes'] }) {
  const { texts, format } = useLanguage()
  const labels = texts.dryRun
  return (
    <div class="scroll">
      <table class="cards">
        <thead>
          <tr>
            <th scope="col" class="num">
              {labels.rank}
            </th>
            <th scope="col">{texts.common.order}</th>
            <th scope="col">{texts.common.sku}</th>
            <th scope="col" class="num">
              {texts.bar.requested}
            </th>
            <th scope="col" class="num">
              {labels.now}
            </th>
            <th scope="col" class="num">
              {labels.otherwise}
            </th>
            <th scope="col" class="num">
              {labels.after}
            </th>
            <th scope="col">{labels.reason}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.line.id} data-effect={change.effect}>
              <td class="num" data-label={labels.rank}>
                {format.number(change.rank)}
              </td>
              <th scope="row" data-label={texts.common.order}>
                <a href={orderPlace(change.line.order.number)}>{change.line.order.number}</a>
              </th>
              <td class="wide">
                <span>
                  <span class="code">{change.line.sku.code}</span> <span class="soft">{change.line.sku.name}</span>
                </span>
              </td>
              <td class="num" data-label={texts.bar.requested}>
                {format.number(change.line.requested - change.line.cancelled)}
              </td>
              <td class="num" data-label={labels.now}>
                {format.number(change.before)}
              </td>
              <td class="num" data-label={labels.otherwise}>
                {format.number(change.otherwise)}
              </td>
              <td class={`num ${change.effect.toLowerCase()}`} data-label={labels.after}>
                {format.number(change.after)}
                {change.after !== change.otherwise &&
                  ` (${change.after > change.otherwise ? '+' : '−'}${format.number(Math.abs(change.after - change.otherwise))})`}
              </td>
              <td class="long" data-label={labels.reason}>{texts.reasons[change.reason] ?? change.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
