/**
 * Who is signed in: an API token, kept in this tab, or on this device when its user chose so.
 *
 * The pages share it: whoever signed in on the board is signed in on the others.
 */

const KEY = 'backfill.token'

type Listener = (token: string | null) => void

const listeners = new Set<Listener>()

/** The token of whoever is signed in; null when nobody is. */
export function currentToken(): string | null {
  return sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY)
}

/** Keep `token` for this tab, or on this device until somebody signs out. */
export function signIn(token: string, { remember }: { remember: boolean }): void {
  forget()
  ;(remember ? localStorage : sessionStorage).setItem(KEY, token)
  tell()
}

/** Forget the token, in this tab and on this device. */
export function signOut(): void {
  forget()
  tell()
}

/** Call `listener` whenever somebody signs in or out, in this tab or another; returns how to end that. */
export function onSession(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The header, and the payload of `connection_init`, that prove who asks. */
export function authorization(): { authorization?: string } {
  const token = currentToken()
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

function forget(): void {
  sessionStorage.removeItem(KEY)
  localStorage.removeItem(KEY)
}

function tell(): void {
  for (const listener of listeners) listener(currentToken())
}

addEventListener('storage', (event) => {
  if (event.key === KEY) tell()
})
