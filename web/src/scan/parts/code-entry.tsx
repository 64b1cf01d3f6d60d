/** Typing a code, for labels that nothing reads. */
import type { TargetedSubmitEvent } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import { LONGEST_CODE } from '../queue/scan.ts'
import { useTexts } from '../texts/texts.ts'

export function CodeEntry({ onCode }: { onCode: (code: string) => void }) {
  const texts = useTexts()
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault()
    if (!input.current?.value.trim()) return
    onCode(input.current.value)
    input.current.value = ''
  }
  return (
    <form class="code-entry" onSubmit={submit}>
      <input
        ref={input}
        type="text"
        aria-label={texts.code}
        placeholder={texts.code}
        maxLength={LONGEST_CODE}
        autocomplete="off"
        autocapitalize="off"
        autocorrect="off"
        spellcheck={false}
        enterKeyHint="done"
        data-takes-codes
      />
      <button type="submit" class="button big">
        {texts.record}
      </button>
    </form>
  )
}
