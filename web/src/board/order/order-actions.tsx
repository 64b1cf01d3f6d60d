/** What can be done to an order now, as the server offers it; each with a question first where it matters. */
import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import {
  CancelOrderDocument,
  ConfirmOrderDocument,
  CreateBacklogSkusDocument,
  DelayOrderDocument,
  MarkBackOrderDocument,
  RejectOrderDocument,
  RevertBacklogSkusDocument,
  StartBulkDocument,
  UnconfirmOrderDocument,
  type OrderAction,
} from '../../api/operations.ts'
import { useChange, type UserError } from '../../api/live.ts'
import { Dialog, Field } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { LAST_DAY } from '../backlog/filters.ts'
import { bulkPlace } from '../places.ts'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'
import type { ShownOrder } from './order-screen.tsx'
import { PrintButton } from './print-button.tsx'

type Done = Promise<{ problem?: UserError }>

const FINAL = new Set<OrderAction>(['CANCEL', 'REJECT', 'DROPSHIP', 'REVERT_BACKLOG_SKUS'])

export function OrderActions({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const { operates } = useSession()
  const act = useActions(order)
  const [asking, setAsking] = useState<OrderAction>()
  const [problem, setProblem] = useState<UserError>()
  const [until, setUntil] = useState('')
  const [mark, marking] = useChange(MarkBackOrderDocument)
  if (!operates) return <PrintButton order={order} />

  const doIt = async (action: OrderAction): Promise<void> => {
    const answer = await act(action, until)
    setProblem(answer.problem)
    if (!answer.problem) setAsking(undefined)
  }
  const offered = order.possibleActions.filter((action) => action !== 'INVESTIGATE')
  const marks = (['BACK_ORDER', 'NOT_BACK_ORDER', null] as const).filter((one) => one !== order.backOrderMark)
  const markName = { BACK_ORDER: texts.order.markBackOrder, NOT_BACK_ORDER: texts.order.markNotBackOrder }

  return (
    <div class="row order-actions" role="group" aria-label={texts.common.actions}>
      {offered.map((action) => (
        <button
          key={action}
          type="button"
          data-action={action}
          class={`button${FINAL.has(action) ? ' danger' : ''}`}
          onClick={() => {
            setProblem(undefined)
            if (FINAL.has(action) || action === 'DELAY') setAsking(action)
            else void doIt(action)
          }}
        >
          {texts.actionNames[action] ?? action}
        </button>
      ))}
      <PrintButton order={order} />
      {marks
        .filter((one) => one !== null || order.backOrderMark)
        .map((one) => (
          <button
            key={one}
            type="button"
            class="button plain"
            disabled={marking}
            onClick={async () => setProblem((await mark({ id: order.id, mark: one })).problem)}
          >
            {one ? markName[one] : texts.order.removeMark}
          </button>
        ))}
      {!asking && <Problem of={problem} />}
      {asking && (
        <Dialog
          title={texts.order.confirmAction(texts.actionNames[asking] ?? asking, order.number)}
          onClose={() => setAsking(undefined)}
        >
          {asking === 'DELAY' && (
            <Field label={texts.order.delayUntil}>
              <input type="date" value={until} max={LAST_DAY} onChange={(event) => setUntil(event.currentTarget.value)} />
            </Field>
          )}
          <Problem of={problem} />
          <div class="actions">
            <button type="button" class="button" onClick={() => setAsking(undefined)}>
              {texts.common.cancel}
            </button>
            <button
              type="button"
              class={`button ${FINAL.has(asking) ? 'danger' : 'primary'}`}
              disabled={asking === 'DELAY' && !until && !order.delayedUntil}
              onClick={() => doIt(asking)}
            >
              {asking === 'DELAY' && !until && order.delayedUntil ? texts.order.noDelay : (texts.actionNames[asking] ?? asking)}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  )
}

/** Does an action to an order; those that are made for many orders are done as a bulk operation of one. */
function useActions(order: ShownOrder): (action: OrderAction, until: string) => Done {
  const { route } = useLocation()
  const [confirm] = useChange(ConfirmOrderDocument)
  const [reject] = useChange(RejectOrderDocument)
  const [unconfirm] = useChange(UnconfirmOrderDocument)
  const [delay] = useChange(DelayOrderDocument)
  const [cancel] = useChange(CancelOrderDocument)
  const [create] = useChange(CreateBacklogSkusDocument)
  const [revert] = useChange(RevertBacklogSkusDocument)
  const [start] = useChange(StartBulkDocument)
  const { id, version, number } = order
  return async (action, until) => {
    switch (action) {
      case 'CONFIRM':
        return confirm({ id, version })
      case 'REJECT':
        return reject({ id, version })
      case 'UNCONFIRM':
        return unconfirm({ id, version })
      case 'DELAY':
        return delay({ id, version, until: until ? new Date(`${until}T00:00`).toISOString() : null })
      case 'CANCEL':
        return cancel({ number })
      case 'CREATE_BACKLOG_SKUS':
        return create({ id })
      case 'REVERT_BACKLOG_SKUS':
        return revert({ id })
      case 'INVESTIGATE':
        return {}
      case 'SYNCHRONIZE':
      case 'CREATE_DELIVERY_NOTES':
      case 'DROPSHIP': {
        const answer = await start({ action, selection: { ids: [id] } })
        const operation = answer.data?.startBulkOperation.bulkOperation
        if (operation) route(bulkPlace(operation.id))
        return answer
      }
    }
  }
}
