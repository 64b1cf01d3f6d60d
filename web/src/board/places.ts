/** Where the screens are. */
export const PLACES = {
  backOrders: '/',
  backlog: '/board/backlog',
  schedule: '/board/schedule',
  report: '/board/report',
  dryRun: '/board/dry-run',
  bulk: '/board/bulk',
} as const

export type Place = keyof typeof PLACES

/** Where an order is shown. */
export function orderPlace(number: string): string {
  return `/board/orders/${encodeURIComponent(number)}`
}

/** Where a bulk operation is shown. */
export function bulkPlace(id: string): string {
  return `${PLACES.bulk}/${encodeURIComponent(id)}`
}
