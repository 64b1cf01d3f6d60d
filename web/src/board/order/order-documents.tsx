/** What was made of an order: dispatches, Backorders and Backlog SKUs. */
import { useState } from 'preact/hooks'

import {
  BacklogSkusOfOrderDocument,
  DispatchesOfOrderDocument,
  FillBackorderDocument,
  PackDispatchDocument,
  ShipDispatchDocument,
} from '../../api/operations.ts'
import { useChange, type UserError } from '../../api/live.ts'
import { Status } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { Problem } from '../shell/problem.tsx'
import { useSession } from '../shell/session.tsx'
import { OrderPages, useOrderPage } from './order-pages.tsx'
import type { ShownOrder } from './order-screen.tsx'

export function OrderDocuments({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const page = useOrderPage(order, 'dispatches', DispatchesOfOrderDocument)
  return (
    <div class="stack">
      <section class="panel">
        <header>
          <h2>{texts.order.dispatches}</h2>
        </header>
        {order.dispatches.totalCount === 0 && <p class="empty">{texts.common.none}</p>}
        {page.shown?.nodes.map((dispatch) => (
          <Dispatch key={dispatch.id} dispatch={dispatch} />
        ))}
        <OrderPages page={page} />
      </section>
      {order.backorders.length > 0 && (
        <section class="panel">
          <header>
            <h2>{texts.order.backorders}</h2>
          </header>
          {order.backorders.map((backorder) => (
            <Backorder key={backorder.id} backorder={backorder} />
          ))}
        </section>
      )}
      {order.backlogSkus.totalCount > 0 && <BacklogSkus order={order} />}
    </div>
  )
}

function Dispatch({ dispatch }: { dispatch: ShownOrder['dispatches']['nodes'][number] }) {
  const { texts, format } = useLanguage()
  const { operates } = useSession()
  const [pack, packing] = useChange(PackDispatchDocument)
  const [ship, shipping] = useChange(ShipDispatchDocument)
  const [problem, setProblem] = useState<UserError>()
  return (
    <article class="body">
      <div class="row spread">
        <h3>{dispatch.number}</h3>
        <span class="row">
          <Status of={dispatch.status} />
          {operates && dispatch.status === 'CREATED' && (
            <button
              type="button"
              class="button small"
              disabled={packing}
              onClick={async () => setProblem((await pack({ id: dispatch.id })).problem)}
            >
              {texts.order.pack}
            </button>
          )}
          {operates && dispatch.status === 'PACKED' && (
            <button
              type="button"
              class="button small"
              disabled={shipping}
              onClick={async () => setProblem((await ship({ id: dispatch.id })).problem)}
            >
              {texts.order.ship}
            </button>
          )}
        </span>
      </div>
      <p class="soft">
        {texts.status[dispatch.kind]} · {format.dateTime(dispatch.createdAt)}
        {dispatch.cancelReason && ` · ${dispatch.cancelReason}`}
      </p>
      <p>{dispatch.lines.map((line) => `${format.number(line.quantity)} × ${line.sku.code}`).join(', ')}</p>
      <Problem of={problem} />
    </article>
  )
}

function Backorder({ backorder }: { backorder: ShownOrder['backorders'][number] }) {
  const { texts, format } = useLanguage()
  const { operates } = useSession()
  const [fill, busy] = useChange(FillBackorderDocument)
  const [problem, setProblem] = useState<UserError>()
  return (
    <article class="body">
      <div class="row spread">
        <h3>{backorder.number}</h3>
        <span class="row">
          <Status of={backorder.status} />
          {operates && backorder.fulfillable && (
            <button
              type="button"
              class="button small"
              disabled={busy}
              onClick={async () => setProblem((await fill({ id: backorder.id })).problem)}
            >
              {texts.order.fulfillable}
            </button>
          )}
        </span>
      </div>
      <p>
        {backorder.items
          .map((item) => `${item.sku.code} ${format.number(item.filled)}/${format.number(item.quantity)}`)
          .join(', ')}
      </p>
      <Problem of={problem} />
    </article>
  )
}

function BacklogSkus({ order }: { order: ShownOrder }) {
  const { texts, format } = useLanguage()
  const page = useOrderPage(order, 'backlogSkus', BacklogSkusOfOrderDocument)
  return (
    <section class="panel">
      <header>
        <h2>{texts.order.backlogSkus}</h2>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.common.sku}</th>
            <th scope="col" class="num">
              {texts.common.quantity}
            </th>
            <th scope="col" class="num">
              {texts.order.applied}
            </th>
            <th scope="col" class="num">
              {texts.order.remaining}
            </th>
            <th scope="col">{texts.backOrders.promised}</th>
          </tr>
        </thead>
        <tbody>
          {page.shown?.nodes.map((sku) => (
            <tr key={sku.id}>
              <th scope="row">{sku.sku.code}</th>
              <td class="num">{format.number(sku.quantity)}</td>
              <td class="num">{format.number(sku.applied)}</td>
              <td class="num">{format.number(sku.remaining)}</td>
              <td>{sku.expectedOn ? format.day(sku.expectedOn) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <OrderPages page={page} />
    </section>
  )
}
