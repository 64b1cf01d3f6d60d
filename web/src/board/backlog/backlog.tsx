/** Backlog Orders (C1-C3): orders accepted and not finished, filtered, counted, selected, and acted on together. */
import type { JSX } from 'preact'
import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import { BacklogDocument, type BacklogOrderSort, type BacklogQuery } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Status, useChanged, Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { BulkStart } from '../bulk/bulk-start.tsx'
import { orderPlace, PLACES } from '../places.ts'
import { useSession } from '../shell/session.tsx'
import { useTitle } from '../shell/title.ts'
import { BacklogFilters, ConditionTabs } from './backlog-filters.tsx'
import { backlogFilter, filtersOf, queryOf, selectionFilter, type Filters } from './filters.ts'
import { countOf, EVERYTHING, isSelected, NOTHING, select, selectionOf, type Selection } from './selection.ts'

const PAGE = 50

type BacklogOrder = BacklogQuery['backlogOrders']['orders']['nodes'][number]

export function Backlog() {
  const { texts, format } = useLanguage()
  useTitle(texts.backlog.title)
  const { operates } = useSession()
  const { query, route } = useLocation()
  const filters = filtersOf(query)
  const key = queryOf({ ...filters, sort: 'ORDERED_AT', descending: true })
  const pages = usePages(queryOf(filters))
  const [kept, setKept] = useState<{ key: string; selection: Selection }>({ key, selection: NOTHING })
  // Other filters show other orders: what was selected among the former ones no longer is.
  const selection = kept.key === key ? kept.selection : NOTHING
  const setSelection = (selected: Selection): void => setKept({ key, selection: selected })
  const change = (changed: Partial<Filters>): void => route(PLACES.backlog + queryOf({ ...filters, ...changed }), true)

  const list = useLive(
    BacklogDocument,
    { filter: backlogFilter(filters), sort: filters.sort, descending: filters.descending, after: pages.after },
    { topics: ['order'] },
  )
  const found = list.data?.backlogOrders
  const orders = found?.orders.nodes ?? []
  const total = found?.orders.totalCount ?? 0
  const selected = countOf(selection, total)
  const onPage = orders.filter((order) => isSelected(selection, order.id)).length

  return (
    <>
      <header class="title">
        <h1>{texts.backlog.title}</h1>
      </header>
      <BacklogFilters filters={filters} window={found} onChange={change} />
      <ConditionTabs
        chosen={filters.condition}
        counts={found?.counts ?? []}
        onChoose={(condition) => change({ condition })}
      />
      <section class="panel" aria-busy={list.loading} aria-label={texts.backlog.title}>
        <Waiting of={list} />
        {operates && orders.length > 0 && (
          <header>
            <PageCheckbox
              all={onPage === orders.length}
              some={onPage > 0}
              onChange={(on) => setSelection(select(selection, orders.map((order) => order.id), on))}
            />
          </header>
        )}
        {found && orders.length > 0 && (
          <div class="scroll">
            <table class="cards backlog">
              <thead>
                <tr>
                  {operates && <td />}
                  <th scope="col">{texts.common.order}</th>
                  <Sortable by="ORDERED_AT" label={texts.backlog.created} {...{ filters, change }} />
                  <Sortable by="STORE" label={texts.common.store} {...{ filters, change }} />
                  <Sortable
                    by="MARKETPLACE_INVOICE_NUMBER"
                    label={texts.backlog.marketplaceInvoice}
                    {...{ filters, change }}
                  />
                  <Sortable by="SHIPPING_AGENCY" label={texts.backlog.agency} {...{ filters, change }} />
                  <Sortable by="SALES_ORDER_CODE" label={texts.backlog.salesCode} {...{ filters, change }} />
                  <Sortable by="INVOICE_CODE" label={texts.backlog.invoiceCode} {...{ filters, change }} />
                  <Sortable by="MARKETPLACE_STATUS" label={texts.backlog.marketplaceStatus} {...{ filters, change }} />
                  <Sortable by="CONDITION" label={texts.backlog.condition} {...{ filters, change }} />
                  <th scope="col">{texts.common.actions}</th>
                </tr>
              </thead>
              <tbody>
                {orders.map((order) => (
                  <Row
                    key={order.id}
                    order={order}
                    selected={isSelected(selection, order.id)}
                    onSelect={operates ? (on) => setSelection(select(selection, [order.id], on)) : undefined}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {found && total === 0 && <p class="empty">{texts.backlog.empty}</p>}
        {found && <Pages of={found.orders} at={pages} size={PAGE} />}
        {found && selected > 0 && (
          <div class="selection" role="region" aria-label={texts.backlog.act}>
            <strong aria-live="polite">
              {selection.all && selection.ids.size === 0
                ? texts.backlog.matchingSelected(format.number(total))
                : texts.backlog.selected(format.number(selected))}
            </strong>
            {!selection.all && total > orders.length && (
              <button type="button" class="button small" onClick={() => setSelection(EVERYTHING)}>
                {texts.backlog.selectMatching(format.number(total))}
              </button>
            )}
            <button type="button" class="button plain small" onClick={() => setSelection(NOTHING)}>
              {texts.backlog.clear}
            </button>
            <BulkStart selection={selectionOf(selection, selectionFilter(filters, found))} />
          </div>
        )}
      </section>
    </>
  )
}

function PageCheckbox({ all, some, onChange }: { all: boolean; some: boolean; onChange: (on: boolean) => void }) {
  const { texts } = useLanguage()
  return (
    <label class="checkbox">
      <input
        type="checkbox"
        checked={all}
        ref={(box) => {
          if (box) box.indeterminate = some && !all
        }}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {texts.backlog.selectPage}
    </label>
  )
}

function Sortable({
  by,
  label,
  filters,
  change,
}: {
  by: BacklogOrderSort
  label: string
  filters: Filters
  change: (changed: Partial<Filters>) => void
}): JSX.Element {
  const { texts } = useLanguage()
  const active = filters.sort === by
  const direction = filters.descending ? 'descending' : 'ascending'
  return (
    <th scope="col" aria-sort={active ? direction : undefined}>
      <button
        type="button"
        class="sort"
        aria-pressed={active}
        title={texts.backlog.sortedBy(label)}
        onClick={() => change({ sort: by, descending: active ? !filters.descending : by === 'ORDERED_AT' })}
      >
        {label}
        <span aria-hidden="true">{active ? (filters.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

function Row({
  order,
  selected,
  onSelect,
}: {
  order: BacklogOrder
  selected: boolean
  onSelect: ((on: boolean) => void) | undefined
}) {
  const { texts, format } = useLanguage()
  const { start } = useSession()
  const changed = useChanged(order.version)
  const labels = texts.backlog
  return (
    <tr class={changed ? 'changed' : undefined} aria-selected={onSelect ? selected : undefined}>
      {onSelect && (
        <td class="select">
          <input
            type="checkbox"
            checked={selected}
            aria-label={labels.selectRow(order.number)}
            onChange={(event) => onSelect(event.currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row" data-label={texts.common.order}>
        <span>
          <a href={orderPlace(order.number)}>{order.number}</a>
          <span class="row">
            <span class="soft">{order.distributionCenter.code}</span>
            {!start.client.settings.hideBackOrderColumn && order.backOrderStatus !== 'NONE' && (
              <Status of={order.backOrderStatus} />
            )}
          </span>
        </span>
      </th>
      <td data-label={labels.created}>{format.dateTime(order.orderedAt)}</td>
      <Fact label={texts.common.store}>{order.store?.code}</Fact>
      <Fact label={labels.marketplaceInvoice}>{order.marketplaceInvoiceNumber}</Fact>
      <Fact label={labels.agency}>{order.shippingAgency}</Fact>
      <Fact label={labels.salesCode}>{order.salesOrderCode}</Fact>
      <Fact label={labels.invoiceCode}>{order.invoiceCode}</Fact>
      <Fact label={labels.marketplaceStatus} words>
        {order.marketplaceStatus && (texts.status[order.marketplaceStatus] ?? order.marketplaceStatus)}
      </Fact>
      <Fact label={labels.condition} words>
        {texts.conditions[order.condition]}
      </Fact>
      <td class="wide">
        <details>
          <summary>
            {format.number(order.possibleActions.length)}
            <span class="unseen">
              {' '}
              {texts.common.actions} {order.number}
            </span>
          </summary>
          <ul>
            {order.possibleActions.map((action) => (
              <li key={action}>
                <a href={orderPlace(order.number)}>{texts.actionNames[action] ?? action}</a>
              </li>
            ))}
          </ul>
        </details>
      </td>
    </tr>
  )
}

/** What an order has of one kind; a dash, where there is room for one, when it has nothing. */
function Fact({ label, words = false, children }: { label: string; words?: boolean; children: string | null | undefined }) {
  return (
    <td data-label={label} data-nothing={children == null || undefined} class={words ? 'words' : undefined}>
      {children ?? '–'}
    </td>
  )
}
