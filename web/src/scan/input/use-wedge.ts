/** Listens to a hand-held scanner that types, wherever the focus is. */
import { useEffect } from 'preact/hooks'

import { Wedge } from './wedge.ts'

/** What somebody who is quick may well have typed into a field. */
const NUMBER = /^[0-9]{1,4}$/

/** Call `onCode` with each code that a scanner types. A field that takes codes itself gets what is typed there. */
export function useWedge(onCode: (code: string) => void): void {
  useEffect(() => {
    const wedge = new Wedge()
    // What a field held before a scanner began to type into it.
    let before: { field: HTMLInputElement; value: string } | undefined
    const listen = (event: KeyboardEvent): void => {
      const { target, key, timeStamp } = event
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
      if (target instanceof HTMLElement && target.dataset.takesCodes !== undefined) return
      const first = wedge.isFirst(timeStamp)
      if (first) before = target instanceof HTMLInputElement ? { field: target, value: target.value } : undefined
      const code = wedge.key(key, timeStamp)
      if (code !== null && !(before && NUMBER.test(code))) {
        // Enter would press whatever has the focus.
        event.preventDefault()
        event.stopPropagation()
        if (before) {
          before.field.value = before.value
          before.field.dispatchEvent(new Event('input', { bubbles: true }))
          // Whoever scans on is done with the field.
          before.field.blur()
        }
        onCode(code)
      } else if (key.length === 1 && (target instanceof HTMLSelectElement || (key === ' ' && !first))) {
        // Letters would choose from a list, and a space within a code would press a button.
        if (key !== ' ' || !first) event.preventDefault()
      }
    }
    addEventListener('keydown', listen, { capture: true })
    return () => removeEventListener('keydown', listen, { capture: true })
  }, [onCode])
}
