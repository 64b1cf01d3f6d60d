/** The lists of an order: their first page comes with the order, the others when somebody turns to them. */
import { useLive, type Live } from '../../api/live.ts'
import type { TypedDocumentString } from '../../api/operations.ts'
import { Waiting } from '../../design/parts.tsx'
import { Pages, usePages } from '../../design/pages.tsx'
import type { ShownOrder } from './order-screen.tsx'

/** As many as order.graphql asks for. */
const PAGE = 100

type List = 'lines' | 'dispatches' | 'backlogSkus'

interface Page<Name extends List> {
  /** What there is to show; undefined until it is there. */
  shown: ShownOrder[Name] | undefined
  at: ReturnType<typeof usePages>
  answer: Live<unknown>
}

/** The page of a list that one is on; `document` asks for those after the first. */
export function useOrderPage<Name extends List, Data>(
  order: ShownOrder,
  name: Name,
  document: TypedDocumentString<Data, { id: string; after?: string | null }>,
): Page<Name> {
  const at = usePages(order.id)
  const first = at.after === null
  const asked = { id: order.id, after: at.after }
  const answer = useLive(document, asked, { topics: ['order', 'line', 'promise'], paused: first })
  const found = answer.data as { node?: Partial<Pick<ShownOrder, Name>> | null } | undefined
  return { shown: first ? order[name] : found?.node?.[name], at, answer }
}

/** The ways to the other pages, where there are any. */
export function OrderPages<Name extends List>({ page: { shown, at, answer } }: { page: Page<Name> }) {
  return (
    <>
      {at.after !== null && <Waiting of={answer} />}
      {shown && shown.totalCount > PAGE && <Pages of={shown} at={at} size={PAGE} />}
    </>
  )
}
