/** The dashboard's filters, and its conditions with how many orders have each. */
import { useEffect, useState } from 'preact/hooks'

import type { OrderCondition } from '../../api/operations.ts'
import { Field } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { CenterFilter, Options } from '../shell/center-filter.tsx'
import { useSession } from '../shell/session.tsx'
import { CONDITIONS, filtersOf, localDay, type Filters } from './filters.ts'

export function BacklogFilters({
  filters,
  window,
  onChange,
}: {
  filters: Filters
  window: { from: string; until: string } | undefined
  onChange: (changed: Partial<Filters>) => void
}) {
  const { texts } = useLanguage()
  const { start } = useSession()
  const [invoice, setInvoice] = useState(filters.invoiceNumber)
  useEffect(() => setInvoice(filters.invoiceNumber), [filters.invoiceNumber])
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        onChange({ invoiceNumber: invoice.trim() })
      }}
    >
      <Field label={texts.backlog.from}>
        <input
          type="date"
          value={filters.from || (window ? localDay(window.from) : '')}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
      </Field>
      <Field label={texts.backlog.until}>
        <input
          type="date"
          value={filters.until || (window ? localDay(window.until, -1) : '')}
          onChange={(event) => onChange({ until: event.currentTarget.value })}
        />
      </Field>
      <Field label={texts.backlog.invoice}>
        <input
          type="search"
          value={invoice}
          onInput={(event) => setInvoice(event.currentTarget.value)}
          onChange={() => onChange({ invoiceNumber: invoice.trim() })}
        />
      </Field>
      <CenterFilter value={filters.center || null} onChange={(center) => onChange({ center: center ?? '' })} />
      <Field label={texts.common.store}>
        <select value={filters.store} onChange={(event) => onChange({ store: event.currentTarget.value })}>
          <option value="">{texts.common.all}</option>
          <Options of={start.stores} />
        </select>
      </Field>
      <button type="button" class="button" onClick={() => onChange(filtersOf({}))}>
        {texts.backlog.clearFilters}
      </button>
    </form>
  )
}

export function ConditionTabs({
  chosen,
  counts,
  onChoose,
}: {
  chosen: OrderCondition | ''
  counts: readonly { condition: OrderCondition; count: number }[]
  onChoose: (condition: OrderCondition | '') => void
}) {
  const { texts, format } = useLanguage()
  const count = (condition: OrderCondition): number => counts.find((one) => one.condition === condition)?.count ?? 0
  const all = counts.reduce((sum, one) => sum + one.count, 0)
  return (
    <div class="tabs" role="group" aria-label={texts.backlog.condition}>
      {(['', ...CONDITIONS] as const).map((condition) => (
        <button
          key={condition}
          type="button"
          class="tab"
          data-condition={condition}
          aria-pressed={chosen === condition}
          onClick={() => onChoose(condition)}
        >
          {condition === '' ? texts.common.all : texts.conditions[condition]}
          <b>{format.number(condition === '' ? all : count(condition))}</b>
        </button>
      ))}
    </div>
  )
}
