/** Who did what to an order and when, newest first (F11). */
import { OrderHistoryDocument, type OrderHistoryQuery } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import type { ShownOrder } from './order-screen.tsx'

const PAGE = 20

type Found = Extract<NonNullable<OrderHistoryQuery['node']>, { history: unknown }>

export function OrderHistory({ order }: { order: ShownOrder }) {
  const { texts, format } = useLanguage()
  const pages = usePages(order.id)
  const answer = useLive(OrderHistoryDocument, { id: order.id, after: pages.after }, { topics: ['order'] })
  const history = (answer.data?.node as Found | null | undefined)?.history
  return (
    <section class="panel">
      <header>
        <h2>{texts.order.history}</h2>
      </header>
      <Waiting of={answer} />
      {history?.totalCount === 0 && <p class="empty">{texts.order.historyEmpty}</p>}
      <ol class="timeline body">
        {history?.nodes.map((entry) => (
          <li key={entry.id}>
            <p class="soft">
              {format.dateTime(entry.at)} · {entry.actor} · <code>{entry.action}</code>
            </p>
            <p>{entry.summary}</p>
          </li>
        ))}
      </ol>
      {history && <Pages of={history} at={pages} size={PAGE} />}
    </section>
  )
}
