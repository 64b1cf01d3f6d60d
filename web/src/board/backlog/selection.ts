/** Which orders are selected: some, or all that match but for some (A4). */
import type { OrderFilter, OrderSelection } from '../../api/operations.ts'

export interface Selection {
  /** Whether all that match are selected; then `ids` are the exceptions, else the selected ones. */
  all: boolean
  ids: ReadonlySet<string>
}

export const NOTHING: Selection = { all: false, ids: new Set() }
export const EVERYTHING: Selection = { all: true, ids: new Set() }

export function isSelected(selection: Selection, id: string): boolean {
  return selection.all !== selection.ids.has(id)
}

/** The selection with some orders selected or not. */
export function select(selection: Selection, ids: readonly string[], selected: boolean): Selection {
  const changed = new Set(selection.ids)
  for (const id of ids) {
    if (selected === selection.all) changed.delete(id)
    else changed.add(id)
  }
  return { ...selection, ids: changed }
}

/** How many orders are selected, of `total` that match. */
export function countOf(selection: Selection, total: number): number {
  return selection.all ? Math.max(0, total - selection.ids.size) : selection.ids.size
}

/** The selection as the API takes it. */
export function selectionOf(selection: Selection, filter: OrderFilter): OrderSelection {
  const ids = [...selection.ids]
  return selection.all ? { filter: { filter, except: ids.length > 0 ? ids : null } } : { ids }
}
