/** Language, colours, sounds, and who is signed in. */
import { useRef, useState } from 'preact/hooks'

import { signOut } from '../../api/session.ts'
import { Field } from '../../design/parts.tsx'
import { chooseTheme, chosenTheme, type Theme } from '../../design/theme.ts'
import { LANGUAGES, useLanguage, type Language } from '../../language/language.tsx'
import type { Snapshot } from '../device.ts'
import { useInstall } from '../offline/install.ts'
import { useTexts } from '../texts/texts.ts'
import { play, soundIsOn, turnSound } from './sounds.ts'

export function Preferences({ now, unsent }: { now: Snapshot; unsent: number }) {
  const texts = useTexts()
  const { texts: shared, language, choose, format } = useLanguage()
  const { viewer, client } = now.known.start
  const [theme, setTheme] = useState(chosenTheme)
  const [sound, setSound] = useState(soundIsOn)
  const install = useInstall()
  const menu = useRef<HTMLDetailsElement>(null)
  return (
    <details
      class="preferences"
      ref={menu}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && menu.current?.open) {
          menu.current.open = false
          menu.current.querySelector('summary')?.focus()
        }
      }}
    >
      <summary class="button plain" aria-label={shared.preferences.menu}>
        <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
          <path d="M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
        </svg>
      </summary>
      <div class="panel stack">
        <p class="soft">
          {client.name} · {shared.preferences.signedInAs(viewer.name, shared.status[viewer.role] ?? viewer.role)}
        </p>
        <Field label={shared.preferences.language}>
          <select value={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={shared.preferences.theme}>
          <select
            value={theme}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Theme
              chooseTheme(chosen)
              setTheme(chosen)
            }}
          >
            {(['system', 'light', 'dark'] as const).map((one) => (
              <option key={one} value={one}>
                {shared.preferences[one]}
              </option>
            ))}
          </select>
        </Field>
        <label class="checkbox">
          <input
            type="checkbox"
            checked={sound}
            onChange={(event) => {
              turnSound(event.currentTarget.checked)
              setSound(event.currentTarget.checked)
              play('recorded')
            }}
          />
          <span>{texts.sound}</span>
        </label>
        {install && (
          <button type="button" class="button big primary" onClick={install}>
            {texts.install}
          </button>
        )}
        <a class="button big" href="/">
          {texts.board}
        </a>
        <button
          type="button"
          class="button big"
          onClick={() => {
            if (unsent === 0 || confirm(texts.signOutWaiting(format.number(unsent)))) signOut()
          }}
        >
          {shared.preferences.signOut}
        </button>
      </div>
    </details>
  )
}
