/** A newer version of the page, taken when its user says so. */
import { useEffect, useState } from 'preact/hooks'

import { onUpdate } from '../offline/register.ts'
import { useTexts } from '../texts/texts.ts'

export function Updates() {
  const texts = useTexts()
  const [update, setUpdate] = useState<() => void>()
  useEffect(() => onUpdate((now) => setUpdate(() => now)), [])
  if (!update) return null
  return (
    <p class="message good" role="status">
      {texts.newVersion}
      <button type="button" class="button" onClick={update}>
        {texts.update}
      </button>
    </p>
  )
}
