/** The dashboard's filters, as its address keeps them, so that a view can be shared and returned to. */
import type { BacklogOrderFilter, BacklogOrderSort, OrderCondition, OrderFilter, OrderStatus } from '../../api/operations.ts'

export interface Filters {
  /** Days of the reader's calendar, both included; empty where the server's default holds. */
  from: string
  until: string
  invoiceNumber: string
  condition: OrderCondition | ''
  center: string
  store: string
  sort: BacklogOrderSort
  descending: boolean
}

export const SORTS = [
  'ORDERED_AT',
  'STORE',
  'MARKETPLACE_INVOICE_NUMBER',
  'SHIPPING_AGENCY',
  'SALES_ORDER_CODE',
  'INVOICE_CODE',
  'MARKETPLACE_STATUS',
  'CONDITION',
] as const satisfies readonly BacklogOrderSort[]

export const CONDITIONS = [
  'NOT_YET_PROCESSED',
  'NOT_YET_PACKED',
  'WAITING_FOR_PICKUP',
  'DONE_NOT_INVOICED',
  'CANCELLED_BY_CUSTOMER',
  'CANCELLED_CHECK_REJECTION',
] as const satisfies readonly OrderCondition[]

/** Orders on the dashboard have one of these: accepted, and not finished (C1). */
const ON_DASHBOARD: OrderStatus[] = ['CREATE', 'OC_CONFIRMED', 'COMMIT', 'PARTIALLY_CANCELLED', 'CANCELLED']

const DAY = /^\d{4}-\d\d-\d\d$/

/** The filters of an address's query. */
export function filtersOf(query: Record<string, string | undefined>): Filters {
  const text = (name: string): string => query[name] ?? ''
  const day = (name: string): string => (DAY.test(text(name)) ? text(name) : '')
  return {
    from: day('from'),
    until: day('until'),
    invoiceNumber: text('invoice'),
    condition: CONDITIONS.find((one) => one === query.condition) ?? '',
    center: text('center'),
    store: text('store'),
    sort: SORTS.find((one) => one === query.sort) ?? 'ORDERED_AT',
    descending: query.order !== 'up',
  }
}

/** The query of an address that keeps the filters; without those that are as they are anyway. */
export function queryOf(filters: Filters): string {
  const given = {
    from: filters.from,
    until: filters.until,
    invoice: filters.invoiceNumber,
    condition: filters.condition,
    center: filters.center,
    store: filters.store,
    sort: filters.sort === 'ORDERED_AT' ? '' : filters.sort,
    order: filters.descending ? '' : 'up',
  }
  const kept = Object.entries(given).filter(([, value]) => value !== '')
  return kept.length > 0 ? `?${new URLSearchParams(kept).toString()}` : ''
}

/** What is asked of the server. */
export function backlogFilter(filters: Filters): BacklogOrderFilter {
  return {
    from: filters.from ? startOf(filters.from) : null,
    until: filters.until ? startOf(filters.until, 1) : null,
    invoiceNumber: filters.invoiceNumber || null,
    condition: filters.condition ? [filters.condition] : null,
    distributionCenter: filters.center || null,
    store: filters.store || null,
  }
}

/** The same orders as a selection of a bulk operation: those the dashboard shows in the window it answered. */
export function selectionFilter(filters: Filters, window: { from: string; until: string }): OrderFilter {
  return {
    status: ON_DASHBOARD,
    orderedFrom: window.from,
    orderedUntil: window.until,
    invoiceNumber: filters.invoiceNumber || null,
    condition: filters.condition ? [filters.condition] : null,
    distributionCenter: filters.center || null,
    store: filters.store || null,
  }
}

/** When a day of the reader's calendar begins, or one some days later. */
function startOf(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}

/** The day of a moment, or of one some milliseconds later, in the reader's calendar, as date inputs have it. */
export function localDay(iso: string | number, milliseconds = 0): string {
  const at = new Date(new Date(iso).getTime() + milliseconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last day that date inputs take: years of more digits are none to JavaScript and the API. */
export const LAST_DAY = '9999-12-31'
