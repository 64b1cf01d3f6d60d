/** Choosing what to do to all selected orders, seeing first what that would be, and starting it (A4, A5). */
import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import { BulkPreviewDocument, StartBulkDocument, type BulkAction, type OrderSelection } from '../../api/operations.ts'
import { useChange, useLive, type UserError } from '../../api/live.ts'
import { Dialog, Field, Figure, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { LAST_DAY, localDay } from '../backlog/filters.ts'
import { bulkPlace, orderPlace } from '../places.ts'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'

const ACTIONS = [
  ...(['CONFIRM', 'REJECT', 'UNCONFIRM', 'CREATE_BACKLOG_SKUS', 'REVERT_BACKLOG_SKUS', 'CREATE_DELIVERY_NOTES'] as const),
  ...(['DELAY', 'DROPSHIP', 'SYNCHRONIZE', 'CANCEL'] as const),
] satisfies BulkAction[]

export function BulkStart({ selection }: { selection: OrderSelection }) {
  const { texts } = useLanguage()
  const { start } = useSession()
  const [action, setAction] = useState<BulkAction>('CONFIRM')
  const [previewed, setPreviewed] = useState(false)
  const offered = ACTIONS.filter(
    (one) => one !== 'REVERT_BACKLOG_SKUS' || start.client.settings.allowBacklogSkuRevert,
  )
  return (
    <>
      <select
        class="inline-field"
        style={{ width: 'auto' }}
        aria-label={texts.backlog.act}
        value={action}
        onChange={(event) => setAction(event.currentTarget.value as BulkAction)}
      >
        {offered.map((one) => (
          <option key={one} value={one}>
            {texts.actionNames[one]}
          </option>
        ))}
      </select>
      <button type="button" class="button primary" onClick={() => setPreviewed(true)}>
        {texts.backlog.preview}
      </button>
      {previewed && <Preview action={action} selection={selection} onClose={() => setPreviewed(false)} />}
    </>
  )
}

function Preview({
  action,
  selection,
  onClose,
}: {
  action: BulkAction
  selection: OrderSelection
  onClose: () => void
}) {
  const { texts, format } = useLanguage()
  const { route } = useLocation()
  const [day, setDay] = useState(inAWeek)
  const [problem, setProblem] = useState<UserError>()
  const until = action === 'DELAY' && day ? new Date(`${day}T00:00`).toISOString() : null
  const preview = useLive(BulkPreviewDocument, { action, selection, until }, { topics: ['order'] })
  const [begin, busy] = useChange(StartBulkDocument)
  const found = preview.data?.bulkOperationPreview
  const name = texts.actionNames[action] ?? action

  const startIt = async (): Promise<void> => {
    const answer = await begin({ action, selection, until })
    setProblem(answer.problem)
    const operation = answer.data?.startBulkOperation.bulkOperation
    if (operation) route(bulkPlace(operation.id))
  }

  return (
    <Dialog title={texts.bulk.previewTitle(name)} onClose={onClose}>
      {action === 'DELAY' && (
        <Field label={texts.bulk.until}>
          <input type="date" value={day} max={LAST_DAY} required onChange={(event) => setDay(event.currentTarget.value)} />
        </Field>
      )}
      <Waiting of={preview} />
      {found && (
        <>
          <dl class="figures preview">
            <Figure label={texts.bulk.targets}>{format.number(found.total)}</Figure>
            <Figure label={texts.bulk.eligible}>{format.number(found.eligible)}</Figure>
            <Figure label={texts.bulk.ineligible} bad={found.ineligible > 0}>
              {format.number(found.ineligible)}
            </Figure>
          </dl>
          {found.eligible === 0 && <p class="message warn">{texts.bulk.nothing}</p>}
          {found.targets.nodes.length > 0 && (
            <div class="scroll panel" tabIndex={0} role="region" aria-label={texts.bulk.ineligible} style={{ maxHeight: '40vh' }}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{texts.common.order}</th>
                    <th scope="col">{texts.bulk.reason}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.targets.nodes.map(({ order, code }) => (
                    <tr key={order.id}>
                      <th scope="row">
                        <a href={orderPlace(order.number)}>{order.number}</a>
                      </th>
                      <td>{code ? (texts.errors[code] ?? code) : ''}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {found.targets.totalCount > found.targets.nodes.length && (
            <p class="soft">
              {texts.common.of(format.number(found.targets.nodes.length), format.number(found.targets.totalCount))}
            </p>
          )}
        </>
      )}
      <Problem of={problem} />
      <div class="actions">
        <button type="button" class="button" onClick={onClose}>
          {texts.common.cancel}
        </button>
        <button
          type="button"
          class={action === 'CANCEL' || action === 'REJECT' ? 'button danger' : 'button primary'}
          disabled={busy || !found || found.eligible === 0}
          onClick={startIt}
        >
          {texts.bulk.start(format.number(found?.eligible ?? 0))}
        </button>
      </div>
    </Dialog>
  )
}

function inAWeek(): string {
  return localDay(Date.now(), 7 * 86_400_000)
}
