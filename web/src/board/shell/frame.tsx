/** What surrounds every screen: where one is, where one can go, and whether what is shown is current. */
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso'
import { useEffect, useRef } from 'preact/hooks'

import { signOut } from '../../api/session.ts'
import { PreferencesMenu } from '../../design/preferences-menu.tsx'
import { useLanguage } from '../../language/language.tsx'
import { PLACES, type Place } from '../places.ts'
import { useSession } from './session.tsx'

const ICONS: Record<Place, string> = {
  backOrders: 'M4 6h16M4 12h10M4 18h5',
  backlog: 'M4 5h16v5H4zM4 14h16v5H4z',
  schedule: 'M12 7v5l3 2M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18z',
  report: 'M5 20V11M12 20V4M19 20v-6',
  dryRun: 'M4 12h6l3-7 3 14 2-7h2',
  bulk: 'M4 7l2 2 4-4M4 17l2 2 4-4M13 7h7M13 17h7',
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}

export function Frame({ children }: { children: ComponentChildren }) {
  const { texts } = useLanguage()
  const { start, connection } = useSession()
  const { path } = useLocation()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  // Whoever follows a link with a screen reader is taken to what it leads to.
  useEffect(() => {
    if (first.current) first.current = false
    else {
      main.current?.focus()
      scrollTo(0, 0)
    }
  }, [path])

  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={() => main.current?.focus()}>
        {texts.skip}
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>{texts.product}</span>
        </a>
        <span class="client">{start.client.name}</span>
        <ConnectionChip />
        <Preferences />
      </header>
      <nav class="places" aria-label={texts.navigation.label}>
        <ul>
          {(Object.keys(PLACES) as Place[]).map((place) => (
            <li key={place}>
              <a href={PLACES[place]} aria-current={isAt(path, PLACES[place]) ? 'page' : undefined}>
                <Icon path={ICONS[place]} />
                <span>{texts.navigation[place]}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content" ref={main} tabIndex={-1}>
        {connection === 'cut' && (
          <p class="message warn cut" role="status">
            {texts.connection.cutHint}
          </p>
        )}
        {children}
      </main>
    </div>
  )
}

function isAt(path: string, place: string): boolean {
  return place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`)
}

function ConnectionChip() {
  const { texts } = useLanguage()
  const { connection } = useSession()
  const tone = { live: 'good', connecting: 'plain', cut: 'bad' }[connection]
  return (
    <span class={`chip connection ${tone}`} role="status" data-state={connection}>
      <span class="dot" aria-hidden="true" />
      {texts.connection[connection]}
    </span>
  )
}

function Preferences() {
  const { texts } = useLanguage()
  const { viewer } = useSession().start
  return (
    <PreferencesMenu icon={18} who={texts.preferences.signedInAs(viewer.name, texts.status[viewer.role] ?? viewer.role)}>
      <p>
        <a href="/scan" target="_self">
          {texts.navigation.scan}
        </a>{' '}
        · <a href="/graphiql" target="_self">GraphiQL</a>
      </p>
      <button type="button" class="button" onClick={signOut}>
        {texts.preferences.signOut}
      </button>
    </PreferencesMenu>
  )
}
