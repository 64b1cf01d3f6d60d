/** Lists that are shown page by page. */
import { useState } from 'preact/hooks'

import { useLanguage } from '../language/language.tsx'

interface PageInfo {
  hasNextPage: boolean
  endCursor?: string | null
}

/** A page of a connection. */
interface Page {
  nodes: readonly unknown[]
  totalCount: number
  pageInfo: PageInfo
}

/** Which page of a list one is on, and the ways to the others. */
interface Place {
  after: string | null
  page: number
  previous: (() => void) | undefined
  nextOf: (info: PageInfo) => (() => void) | undefined
}

/** Which rows of how many a page shows, and the ways to the pages before and after it. */
export function Pages({ of, at, size }: { of: Page; at: Place; size: number }) {
  const { texts, format } = useLanguage()
  if (of.totalCount === 0) return null
  const [start, next] = [at.page * size, at.nextOf(of.pageInfo)]
  return (
    <div class="row spread pages">
      <span class="soft">
        {texts.common.rows(
          format.number(start + 1),
          format.number(start + of.nodes.length),
          format.number(of.totalCount),
        )}
      </span>
      {(at.previous ?? next) && (
        <span class="row">
          <button type="button" class="button small" disabled={!at.previous} onClick={at.previous}>
            {texts.common.previous}
          </button>
          <button type="button" class="button small" disabled={!next} onClick={next}>
            {texts.common.next}
          </button>
        </span>
      )}
    </div>
  )
}

/** The page of a list one is on; a new `key` begins again at the first. */
export function usePages(key: string): Place {
  const [state, setState] = useState<{ key: string; cursors: string[] }>({ key, cursors: [] })
  const cursors = state.key === key ? state.cursors : []
  return {
    after: cursors.at(-1) ?? null,
    page: cursors.length,
    previous: cursors.length > 0 ? () => setState({ key, cursors: cursors.slice(0, -1) }) : undefined,
    nextOf: ({ hasNextPage, endCursor }) =>
      hasNextPage && endCursor ? () => setState({ key, cursors: [...cursors, endCursor] }) : undefined,
  }
}
