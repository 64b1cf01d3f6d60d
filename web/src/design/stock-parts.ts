/** How a line's inventory status bar is divided. */
export interface StockOfLine {
  requested: number
  cancelled: number
  open: number
  backOrderedQty: number
  available: number
  incoming: number
}

/**
 * The units of a line in four parts that add up to what is requested and not cancelled.
 *
 * Of the open units, those that coverage leaves uncovered are back-ordered, as the server decides for all lines of
 * the pool together; as much of these as is on its way is incoming, the rest is short.
 */
export function stockParts(line: StockOfLine): {
  fulfilled: number
  available: number
  incoming: number
  short: number
} {
  const uncovered = Math.min(line.backOrderedQty, line.open)
  const incoming = Math.min(line.incoming, uncovered)
  return {
    fulfilled: line.requested - line.cancelled - line.open,
    available: line.open - uncovered,
    incoming,
    short: uncovered - incoming,
  }
}
