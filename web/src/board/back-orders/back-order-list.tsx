/** The Back Order List (B10): orders dispatched in part, with what of each line is still missing. */
import { useState } from 'preact/hooks'

import {
  BackOrderFiguresDocument,
  BackOrderListDocument,
  type BackOrderListQuery,
  type WaitingLineFragment,
} from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Countdown, Figure, Status, useChanged, Waiting } from '../../design/parts.tsx'
import { StockBar, StockLegend } from '../../design/stock-bar.tsx'
import { useLanguage } from '../../language/language.tsx'
import { orderPlace } from '../places.ts'
import { CenterFilter } from '../shell/center-filter.tsx'
import { useTitle } from '../shell/title.ts'
import { nothingToPromise, Promised } from './promised.tsx'
import { Quantities } from './quantities.tsx'

const PAGE = 25

type BackOrder = BackOrderListQuery['backOrderList']['nodes'][number]

export function BackOrderList() {
  const { texts, format } = useLanguage()
  useTitle(texts.backOrders.title)
  const [center, setCenter] = useState<string | null>(null)
  const pages = usePages(center ?? '')
  const list = useLive(BackOrderListDocument, { center, after: pages.after }, { topics: ['order', 'line'] })
  const figures = useLive(BackOrderFiguresDocument, { center }, { topics: ['line', 'run'] })
  const found = list.data?.backOrderList
  const next = figures.data?.backOrderSchedule
    .flatMap((one) => (one.nextRunAt ? [{ at: one.nextRunAt, code: one.distributionCenter.code }] : []))
    .sort((a, b) => a.at.localeCompare(b.at))[0]

  return (
    <>
      <header class="title">
        <div>
          <h1>{texts.backOrders.title}</h1>
          <p>{texts.backOrders.intro}</p>
        </div>
        <CenterFilter value={center} onChange={setCenter} />
      </header>
      <dl class="figures">
        <Figure label={texts.backOrders.ordersWaiting}>{found ? format.number(found.totalCount) : '–'}</Figure>
        <Figure label={texts.backOrders.linesShort} bad={(figures.data?.backOrderLines.totalCount ?? 0) > 0}>
          {figures.data ? format.number(figures.data.backOrderLines.totalCount) : '–'}
        </Figure>
        <Figure label={next ? `${texts.backOrders.nextRun} · ${next.code}` : texts.backOrders.nextRun}>
          {next ? <Countdown to={next.at} /> : '–'}
        </Figure>
      </dl>
      <section class="panel" aria-busy={list.loading} aria-label={texts.backOrders.title}>
        <header>
          <StockLegend />
        </header>
        <Waiting of={list} />
        {found && found.totalCount > 0 && (
          <div class="scroll">
            <table class="cards back-orders">
              <Head />
              {found.nodes.map((order) => (
                <BackOrderOfList key={order.id} order={order} />
              ))}
            </table>
          </div>
        )}
        {found?.totalCount === 0 && <p class="empty">{texts.backOrders.empty}</p>}
        {found && <Pages of={found} at={pages} size={PAGE} />}
      </section>
    </>
  )
}

function Head() {
  const { texts } = useLanguage()
  return (
    <thead>
      <tr>
        <th scope="col">{texts.common.sku}</th>
        <th class="bar" scope="col">
          {texts.bar.legend}
        </th>
        {(['requested', 'fulfilled', 'outstanding', 'available'] as const).map((name) => (
          <th key={name} class="num" scope="col">
            {texts.backOrders[name]}
          </th>
        ))}
        <th scope="col">{texts.backOrders.promised}</th>
      </tr>
    </thead>
  )
}

/** An order with its lines; those that wait first. */
function BackOrderOfList({ order }: { order: BackOrder }) {
  const { texts, format } = useLanguage()
  const changed = useChanged(order.version)
  const hidden = order.lines.totalCount - order.lines.nodes.length
  const lines = [...order.lines.nodes].sort((a, b) => Number(b.open > 0) - Number(a.open > 0))
  return (
    <tbody class={changed ? 'changed' : undefined} data-order={order.number}>
      <tr class="group">
        <th scope="rowgroup" colSpan={7}>
          <span class="row">
            <a href={orderPlace(order.number)}>{order.number}</a>
            <Status of={order.backOrderStatus} />
            <span class="soft">
              {order.distributionCenter.code} · {texts.backOrders.ordered(format.dateTime(order.orderedAt))}
            </span>
            {hidden > 0 && (
              <a href={orderPlace(order.number)}>{texts.backOrders.moreLines(format.number(hidden))}</a>
            )}
          </span>
        </th>
      </tr>
      {lines.map((line) => (
        <Line key={line.id} line={line} />
      ))}
    </tbody>
  )
}

function Line({ line }: { line: WaitingLineFragment }) {
  const { texts } = useLanguage()
  const labels = texts.backOrders
  return (
    <tr data-short={line.short} class={line.open === 0 ? 'over' : undefined}>
      <th scope="row">
        <span>
          <span class="code">{line.sku.code}</span> <span class="soft">{line.sku.name}</span>
        </span>
      </th>
      <td class="wide">
        <StockBar line={line} />
      </td>
      <Quantities line={line} />
      <td class="long" data-label={labels.promised} data-nothing={nothingToPromise(line) || undefined}>
        <Promised line={line} />
      </td>
    </tr>
  )
}
