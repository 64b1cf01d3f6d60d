/** One bulk operation: its progress, and what became of each order. */
import { useRoute } from 'preact-iso'
import { useState } from 'preact/hooks'

import { BulkOperationDocument, CallOffBulkDocument, type Outcome } from '../../api/operations.ts'
import { useChange, useLive, type UserError } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Field, Status, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { orderPlace, PLACES } from '../places.ts'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'
import { useTitle } from '../shell/title.ts'
import { BulkProgress } from './bulk-progress.tsx'

const PAGE = 50
const OUTCOMES = ['SUCCEEDED', 'SKIPPED', 'FAILED'] as const

export function BulkOperation() {
  const { texts, format } = useLanguage()
  const { operates } = useSession()
  const id = useRoute().params.id ?? ''
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [problem, setProblem] = useState<UserError>()
  const pages = usePages(`${id} ${outcome ?? ''}`)
  const answer = useLive(BulkOperationDocument, { id, outcome, after: pages.after }, { topics: ['bulk'] })
  const [callOff, busy] = useChange(CallOffBulkDocument)
  const operation = answer.data?.bulkOperation
  const name = operation ? (texts.actionNames[operation.action] ?? operation.action) : texts.bulk.title
  useTitle(name)
  const goesOn = operation?.status === 'PENDING' || operation?.status === 'RUNNING'

  return (
    <>
      <header class="title">
        <div>
          <p>
            <a href={PLACES.bulk}>{texts.bulk.title}</a>
          </p>
          <h1>{name}</h1>
          {operation && (
            <p>{texts.bulk.startedBy(operation.requestedBy, format.dateTime(operation.createdAt))}</p>
          )}
        </div>
        {goesOn && operates && (
          <button
            type="button"
            class="button danger"
            disabled={busy}
            onClick={async () => setProblem((await callOff({ id })).problem)}
          >
            {texts.bulk.callOff}
          </button>
        )}
      </header>
      <Problem of={problem} />
      <Waiting of={answer} />
      {operation && (
        <>
          <section class="panel" aria-label={texts.common.status}>
            <div class="body">
              <BulkProgress of={operation} />
              {operation.failure && <p class="message bad">{operation.failure}</p>}
            </div>
          </section>
          <section class="panel">
            <header>
              <h2>{texts.bulk.results}</h2>
              <Field label={texts.bulk.outcome}>
                <select
                  value={outcome ?? ''}
                  onChange={(event) => setOutcome((event.currentTarget.value || null) as Outcome | null)}
                >
                  <option value="">{texts.common.all}</option>
                  {OUTCOMES.map((one) => (
                    <option key={one} value={one}>
                      {texts.status[one]}
                    </option>
                  ))}
                </select>
              </Field>
            </header>
            <table class="results">
              <thead>
                <tr>
                  <th scope="col">{texts.common.order}</th>
                  <th scope="col">{texts.bulk.outcome}</th>
                  <th scope="col">{texts.bulk.reason}</th>
                </tr>
              </thead>
              <tbody>
                {operation.results.nodes.map((result) => (
                  <tr key={result.order.id}>
                    <th scope="row">
                      <a href={orderPlace(result.order.number)}>{result.order.number}</a>
                    </th>
                    <td>
                      <Status of={result.outcome} />
                    </td>
                    <td>{result.code ? (texts.errors[result.code] ?? result.code) : (result.message ?? '')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <Pages of={operation.results} at={pages} size={PAGE} />
          </section>
        </>
      )}
    </>
  )
}
