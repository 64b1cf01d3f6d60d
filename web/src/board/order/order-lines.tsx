/** The lines of an order: their inventory status bars (E1), promises (F4), and why they still wait (F1). */
import { Fragment } from 'preact'
import { useId, useState } from 'preact/hooks'

import {
  CancelUnitsDocument,
  LineExplanationDocument,
  LinesOfOrderDocument,
  WarehousePickDocument,
} from '../../api/operations.ts'
import { useChange, useLive, type UserError } from '../../api/live.ts'
import { Dialog, Field, Waiting } from '../../design/parts.tsx'
import { StockBar } from '../../design/stock-bar.tsx'
import { useLanguage } from '../../language/language.tsx'
import { nothingToPromise, Promised } from '../back-orders/promised.tsx'
import { Quantities } from '../back-orders/quantities.tsx'
import { orderPlace } from '../places.ts'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'
import { OrderPages, useOrderPage } from './order-pages.tsx'
import type { ShownOrder } from './order-screen.tsx'

type ShownLine = ShownOrder['lines']['nodes'][number]

export function OrderLines({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const labels = texts.backOrders
  const page = useOrderPage(order, 'lines', LinesOfOrderDocument)
  return (
    <>
      <div class="scroll">
        <table class="cards order-lines">
          <thead>
            <tr>
              <th scope="col">{texts.common.sku}</th>
              <th scope="col">{texts.bar.legend}</th>
              {(['requested', 'fulfilled', 'outstanding', 'available'] as const).map((name) => (
                <th key={name} class="num" scope="col">
                  {labels[name]}
                </th>
              ))}
              <th class="num" scope="col">
                {texts.bar.incoming}
              </th>
              <th scope="col">{labels.promised}</th>
              <th scope="col">{texts.common.actions}</th>
            </tr>
          </thead>
          <tbody>
            {page.shown?.nodes.map((line) => (
              <Line key={line.id} order={order} line={line} />
            ))}
          </tbody>
        </table>
      </div>
      <OrderPages page={page} />
    </>
  )
}

function Line({ order, line }: { order: ShownOrder; line: ShownLine }) {
  const { texts, format } = useLanguage()
  const { operates } = useSession()
  const [asked, setAsked] = useState(false)
  const [problem, setProblem] = useState<UserError>()
  const [pick, picking] = useChange(WarehousePickDocument)
  const labels = texts.backOrders
  const answer = useId()
  const linked = line.purchaseOrderLines.map((one) =>
    [texts.order.linked(one.purchaseOrder.number), one.expectedAt && texts.order.expected(format.date(one.expectedAt))]
      .filter(Boolean)
      .join(', '),
  )
  return (
    <Fragment>
      <tr data-sku={line.sku.code}>
        <th scope="row">
          <span>
            <span class="code">{line.sku.code}</span> <span class="soft">{line.sku.name}</span>
            {line.route !== 'PROCESSOR' && (
              <span class="chip" title={texts.order.route}>
                {texts.status[line.route] ?? line.route}
              </span>
            )}
          </span>
        </th>
        <td class="wide">
          <StockBar line={line} />
        </td>
        <Quantities line={line} />
        <td class="num" data-label={texts.bar.incoming} data-nothing={line.incoming === 0 || undefined}>
          {format.number(line.incoming)}
        </td>
        <td
          class="long"
          data-label={labels.promised}
          data-nothing={(nothingToPromise(line) && linked.length === 0) || undefined}
        >
          <span>
            <Promised line={line} />
            {linked.map((text) => (
              <span key={text} class="soft">
                {' '}
                {text}
              </span>
            ))}
          </span>
        </td>
        <td class="wide" data-nothing={line.open === 0 || undefined}>
          <span class="row">
            {line.open > 0 && (
              <button
                type="button"
                class="button small"
                aria-expanded={asked}
                aria-controls={answer}
                onClick={() => setAsked(!asked)}
              >
                {texts.order.why}
              </button>
            )}
            {operates && line.route === 'PROCESSOR' && line.open > 0 && (
              <>
                <button
                  type="button"
                  class="button small"
                  disabled={picking}
                  onClick={async () => setProblem((await pick({ ids: [line.id] })).problem)}
                >
                  {texts.order.warehousePick}
                </button>
                <CancelUnits order={order} line={line} />
              </>
            )}
          </span>
          <Problem of={problem} />
        </td>
      </tr>
      {asked && (
        <tr id={answer}>
          <td colSpan={9} class="wide">
            <Explanation line={line} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}

function CancelUnits({ order, line }: { order: ShownOrder; line: ShownLine }) {
  const { texts } = useLanguage()
  const [open, setOpen] = useState(false)
  const [quantity, setQuantity] = useState(line.open)
  const [problem, setProblem] = useState<UserError>()
  const [cancel, busy] = useChange(CancelUnitsDocument)
  const doIt = async (): Promise<void> => {
    const answer = await cancel({ id: line.id, quantity, version: order.version })
    setProblem(answer.problem)
    if (!answer.problem) setOpen(false)
  }
  return (
    <>
      <button type="button" class="button small" onClick={() => setOpen(true)}>
        {texts.order.cancelUnits}
      </button>
      {open && (
        <Dialog title={`${texts.order.cancelUnits}: ${line.sku.code}`} onClose={() => setOpen(false)}>
          <Field label={texts.common.quantity}>
            <input
              type="number"
              min={1}
              max={line.open}
              value={quantity}
              onInput={(event) => setQuantity(event.currentTarget.valueAsNumber)}
            />
          </Field>
          <Problem of={problem} />
          <div class="actions">
            <button type="button" class="button" onClick={() => setOpen(false)}>
              {texts.common.cancel}
            </button>
            <button type="button" class="button danger" disabled={busy || !(quantity >= 1)} onClick={doIt}>
              {texts.order.cancelUnits}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function Explanation({ line }: { line: ShownLine }) {
  const { texts, format } = useLanguage()
  const answer = useLive(LineExplanationDocument, { id: line.id }, { topics: ['order', 'line', 'run'] })
  const found = (answer.data?.node)?.explanation
  if (!answer.data) return <Waiting of={answer} />
  if (!found) return <p class="why">{texts.order.noRunYet}</p>
  return (
    <div class="why stack" style={{ gap: '4px' }} role="status">
      <p>
        <strong>{texts.reasons[found.reason] ?? found.reason}</strong>
      </p>
      <p>
        {texts.order.whyAnswer(
          format.number(found.rank),
          format.number(found.wanted),
          format.number(found.stockSeen),
          format.number(found.given),
        )}{' '}
        {found.run && <span class="soft">{texts.order.inRun(format.dateTime(found.run.scheduledAt))}</span>}
      </p>
      {found.servedBefore.length > 0 && (
        <div class="row">
          <span class="soft">{texts.order.servedBefore}:</span>
          <ul>
            {found.servedBefore.map((before) => (
              <li key={before.id}>
                <a href={orderPlace(before.order.number)}>{before.order.number}</a>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
