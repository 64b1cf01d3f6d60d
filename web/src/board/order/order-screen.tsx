/** One order: what became of its lines, why they wait, what can be done, and what was done. */
import { useRoute } from 'preact-iso'

import { OrderByNumberDocument, type OrderByNumberQuery } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Status, toneOf, Waiting } from '../../design/parts.tsx'
import { StockLegend } from '../../design/stock-bar.tsx'
import { useLanguage } from '../../language/language.tsx'
import { useSession } from '../shell/session.tsx'
import { useTitle } from '../shell/title.ts'
import { OrderActions } from './order-actions.tsx'
import { OrderDocuments } from './order-documents.tsx'
import { OrderHistory } from './order-history.tsx'
import { OrderLines } from './order-lines.tsx'
import { Investigation } from './investigation.tsx'

export type ShownOrder = NonNullable<OrderByNumberQuery['order']>

export function OrderScreen() {
  const { texts } = useLanguage()
  const number = useRoute().params.number ?? ''
  useTitle(`${texts.common.order} ${number}`)
  const answer = useLive(OrderByNumberDocument, { number }, { topics: ['order', 'line', 'promise'] })
  const order = answer.data?.order
  return (
    <>
      {!order && <h1>{number}</h1>}
      <Waiting of={answer} />
      {answer.data && !order && <p class="empty">{texts.order.notFound(number)}</p>}
      {order && <Shown key={order.id} order={order} />}
    </>
  )
}

function Shown({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const { start } = useSession()
  return (
    <>
      <header class="title">
        <div class="stack" style={{ gap: '6px' }}>
          <h1>{order.number}</h1>
          <div class="row">
            <Status of={order.status} />
            <Status of={order.queueStatus} />
            {!start.client.settings.hideBackOrderColumn && order.backOrderStatus !== 'NONE' && <Status of={order.backOrderStatus} />}
            {order.deliveryStatus !== 'NOT_DELIVERED' && <Status of={order.deliveryStatus} />}
            {order.backOrderMark && (
              <span class="chip warn">
                {texts.order.marked}: {texts.status[order.backOrderMark]}
              </span>
            )}
            {order.locked && <span class="chip">{texts.order.locked}</span>}
          </div>
        </div>
      </header>
      <OrderActions order={order} />
      <Facts order={order} />
      <section class="panel" aria-label={texts.order.lines}>
        <header>
          <h2>{texts.order.lines}</h2>
          <StockLegend />
        </header>
        <OrderLines order={order} />
      </section>
      <div class="columns">
        <OrderDocuments order={order} />
        <div class="stack">
          <Investigation order={order} />
          <OrderHistory order={order} />
        </div>
      </div>
    </>
  )
}

function Facts({ order }: { order: ShownOrder }) {
  const { texts, format } = useLanguage()
  const labels = texts.order
  const hold = new Date(order.holdExpiresAt) > new Date() ? format.dateTime(order.holdExpiresAt) : labels.holdOver
  const facts: [string, string | undefined | null][] = [
    [texts.common.center, `${order.distributionCenter.code} · ${order.distributionCenter.name}`],
    [texts.common.store, order.store?.name],
    [labels.ordered, format.dateTime(order.orderedAt)],
    [labels.hold, `${hold} (${order.holdRule ? labels.holdRule(format.number(order.holdRule.hours)) : labels.holdClient})`],
    [labels.delayed, order.delayedUntil && format.dateTime(order.delayedUntil)],
    [labels.promised, order.promisedAt && format.date(order.promisedAt)],
    [labels.priority, format.number(order.priority)],
    [texts.backlog.marketplaceInvoice, order.marketplaceInvoiceNumber],
    [texts.backlog.salesCode, order.salesOrderCode],
    [texts.backlog.invoiceCode, order.invoiceCode],
    [texts.backlog.agency, [order.shippingAgency, order.service, order.country].filter(Boolean).join(' · ')],
  ]
  return (
    <section class="panel" aria-label={texts.common.order}>
      <dl class="facts body">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        <div>
          <dt>{labels.condition}</dt>
          <dd>
            <span class={`chip ${toneOf(order.condition)}`}>{texts.conditions[order.condition]}</span>
          </dd>
        </div>
      </dl>
    </section>
  )
}
