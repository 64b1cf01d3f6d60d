/** The token of whoever is signed in, as a page follows it. */
import { useCallback, useEffect, useState } from 'preact/hooks'

import { currentToken, onSession } from './session.ts'

/** The token, null while nobody is signed in; whether the server refused the last one; and how to say that it did. */
export function useToken(): { token: string | null; refused: boolean; refuse: () => void } {
  const [token, setToken] = useState(currentToken)
  const [refused, setRefused] = useState(false)
  useEffect(
    () =>
      onSession((now) => {
        setToken(now)
        if (now !== null) setRefused(false)
      }),
    [],
  )
  return { token, refused, refuse: useCallback(() => setRefused(true), []) }
}
