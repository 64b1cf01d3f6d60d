/** All bulk operations, the latest first, with their progress. */
import { BulkOperationsDocument } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Pages, usePages } from '../../design/pages.tsx'
import { Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { bulkPlace } from '../places.ts'
import { useTitle } from '../shell/title.ts'
import { BulkProgress } from './bulk-progress.tsx'

const PAGE = 25

export function BulkOperations() {
  const { texts, format } = useLanguage()
  useTitle(texts.bulk.title)
  const pages = usePages('')
  const list = useLive(BulkOperationsDocument, { after: pages.after }, { topics: ['bulk'] })
  const found = list.data?.bulkOperations
  return (
    <>
      <header class="title">
        <h1>{texts.bulk.title}</h1>
      </header>
      <section class="panel" aria-busy={list.loading} aria-label={texts.bulk.title}>
        <Waiting of={list} />
        {found?.nodes.map((operation) => (
          <article key={operation.id} class="body bulk-operation">
            <div class="row spread">
              <h2>
                <a href={bulkPlace(operation.id)}>{texts.actionNames[operation.action] ?? operation.action}</a>
              </h2>
              <span class="soft">
                {texts.bulk.startedBy(operation.requestedBy, format.dateTime(operation.createdAt))}
              </span>
            </div>
            <BulkProgress of={operation} />
          </article>
        ))}
        {found?.totalCount === 0 && <p class="empty">{texts.bulk.empty}</p>}
        {found && <Pages of={found} at={pages} size={PAGE} />}
      </section>
    </>
  )
}
