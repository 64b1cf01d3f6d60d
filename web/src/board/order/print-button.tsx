/** The sheets of an order, as PDFs (E3). They need the token, so they are fetched and then shown. */
import { useState } from 'preact/hooks'

import { PrintOrderDocument } from '../../api/operations.ts'
import { fetchFile } from '../../api/files.ts'
import { useChange, type UserError } from '../../api/live.ts'
import { Dialog } from '../../design/parts.tsx'
import { useLanguage } from '../../language/language.tsx'
import { Problem } from '../shell/problem.tsx'
import type { ShownOrder } from './order-screen.tsx'

interface Sheet {
  title: string
  path: string
}

export function PrintButton({ order }: { order: ShownOrder }) {
  const { texts } = useLanguage()
  const [print, busy] = useChange(PrintOrderDocument)
  const [sheets, setSheets] = useState<Sheet[]>()
  const [problem, setProblem] = useState<UserError>()
  const [failed, setFailed] = useState(false)
  const open = async (): Promise<void> => {
    const answer = await print({ id: order.id })
    setProblem(answer.problem)
    setSheets(answer.data?.printOrder.prints)
    setFailed(false)
  }
  const fetchSheet = async (path: string): Promise<void> => {
    setFailed(false)
    try {
      await fetchFile(path)
    } catch {
      setFailed(true)
    }
  }
  return (
    <>
      <button type="button" class="button" disabled={busy} onClick={open}>
        {texts.order.print}
      </button>
      <Problem of={problem} />
      {sheets && (
        <Dialog title={`${texts.order.print}: ${order.number}`} onClose={() => setSheets(undefined)}>
          <ul class="stack">
            {sheets.map((sheet) => (
              <li key={sheet.path}>
                <button type="button" class="button" onClick={() => fetchSheet(sheet.path)}>
                  {sheet.title}
                </button>
              </li>
            ))}
          </ul>
          {failed && (
            <p class="message bad" role="alert">
              {texts.common.failed}
            </p>
          )}
          <div class="actions">
            <button type="button" class="button" onClick={() => setSheets(undefined)}>
              {texts.common.close}
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}
