/** What is wrong with an order between the systems it is in, and what to do (C4). */
import { useState } from 'preact/hooks'

import { InvestigationDocument } from '../../api/operations.ts'
import { useLive } from '../../api/live.ts'
import { Waiting } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import type { ShownOrder } from './order-screen.tsx'

export function Investigation({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const [asked, setAsked] = useState(false)
  const answer = useLive(InvestigationDocument, { id: order.id }, { topics: ['order'], paused: !asked })
  const findings = answer.data?.investigateOrder
  return (
    <section class="panel">
      <header>
        <h2>{texts.order.investigate}</h2>
        {!asked && (
          <button type="button" class="button small" onClick={() => setAsked(true)}>
            {texts.order.investigate}
          </button>
        )}
      </header>
      {asked && (
        <div class="body stack" role="status">
          <Waiting of={answer} />
          {findings?.length === 0 && <p>{texts.order.nothingWrong}</p>}
          {findings?.map((finding) => (
            <div key={finding.code}>
              <p>
                <code>{finding.code}</code> {finding.message}
              </p>
              <p class="soft">
                {texts.order.whatToDo}: {finding.remedy}
              </p>
            </div>
          ))}
        </div>
      )}
    </section>
  )
}
