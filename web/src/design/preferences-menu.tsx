/** What one prefers on a device: language and colours, and whatever else a page has to offer. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

import { LANGUAGES, useLanguage, type Language } from '../language/language.tsx'
import { Field } from './parts.tsx'
import { chooseTheme, chosenTheme, type Theme } from './theme.ts'

/** The menu of preferences; `who` tells who is signed in, and what else there is follows the colours. */
export function PreferencesMenu({ who, icon, children }: { who: string; icon: number; children: ComponentChildren }) {
  const { texts, language, choose } = useLanguage()
  const [theme, setTheme] = useState(chosenTheme)
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
      <summary class="button plain" aria-label={texts.preferences.menu}>
        <svg viewBox="0 0 24 24" width={icon} height={icon} aria-hidden="true">
          <path d="M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
        </svg>
      </summary>
      <div class="panel stack">
        <p class="soft">{who}</p>
        <Field label={texts.preferences.language}>
          <select value={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field label={texts.preferences.theme}>
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
                {texts.preferences[one]}
              </option>
            ))}
          </select>
        </Field>
        {children}
      </div>
    </details>
  )
}
