/** @jsxImportSource react */
/** Signing in, for who opens this page first; the board and the scanner then know the token too. */
import { signIn } from '../api/session.ts'

export function TokenForm() {
  return (
    <main className="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const token = form.get('token')
          if (typeof token === 'string' && /^[!-~]{1,8192}$/.test(token.trim()))
            signIn(token.trim(), { remember: form.get('remember') === 'on' })
        }}
      >
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" /> GraphiQL
        </h1>
        <label>
          API token
          <input name="token" type="password" autoComplete="current-password" required autoFocus />
        </label>
        <label className="checkbox">
          <input name="remember" type="checkbox" /> Stay signed in on this device
        </label>
        <button type="submit">Sign in</button>
      </form>
    </main>
  )
}
