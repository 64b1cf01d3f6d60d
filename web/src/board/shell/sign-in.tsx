/** Signing in with an API token. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'

import { SignInDocument } from '../../api/operations.ts'
import { signIn } from '../../api/session.ts'
import { useLanguage } from '../../language/language.tsx'

type Answer = 'refused' | 'unreachable'

/** Whether the server takes the token. */
async function tried(token: string): Promise<Answer | undefined> {
  try {
    const answer = await fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: SignInDocument.toString() }),
    })
    if (answer.status === 401) return 'refused'
    return answer.ok ? undefined : 'unreachable'
  } catch {
    return 'unreachable'
  }
}

/** `remembered` is for devices that are used by one person or one shift for days. */
export function SignIn({ refused, remembered = false }: { refused: boolean; remembered?: boolean }) {
  const { texts } = useLanguage()
  const [answer, setAnswer] = useState<Answer | undefined>(refused ? 'refused' : undefined)
  const [busy, setBusy] = useState(false)

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = form.get('token')
    const token = typeof given === 'string' ? given.trim() : ''
    // What a header can't hold can't be a token either.
    if (!/^[!-~]{1,8192}$/.test(token)) {
      setAnswer('refused')
      return
    }
    setBusy(true)
    const wrong = await tried(token)
    setBusy(false)
    setAnswer(wrong)
    if (!wrong) signIn(token, { remember: form.get('remember') === 'on' })
  }

  return (
    <main class="sign-in">
      <form class="panel stack" onSubmit={submit}>
        <h1 class="row">
          <img src="/icon.svg" alt="" width="28" height="28" /> {texts.product}
        </h1>
        <label class="field">
          <span>{texts.signIn.token}</span>
          <input
            name="token"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby="token-hint"
            aria-invalid={answer === 'refused'}
          />
        </label>
        <p id="token-hint" class="soft">
          {texts.signIn.hint}
        </p>
        <label class="checkbox">
          <input name="remember" type="checkbox" defaultChecked={remembered} />
          <span>
            {texts.signIn.remember}
            <br />
            <span class="soft">{texts.signIn.rememberHint}</span>
          </span>
        </label>
        {answer && (
          <p class="message bad" role="alert">
            {texts.signIn[answer]}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          {texts.signIn.submit}
        </button>
      </form>
    </main>
  )
}
