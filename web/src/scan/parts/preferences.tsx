/** Language, colours, sounds, and who is signed in. */
import { useState } from 'preact/hooks'

import { signOut } from '../../api/session.ts'
import { PreferencesMenu } from '../../design/preferences-menu.tsx'
import { useLanguage } from '../../language/language.tsx'
import type { Snapshot } from '../device.ts'
import { useInstall } from '../offline/install.ts'
import { useTexts } from '../texts/texts.ts'
import { play, soundIsOn, turnSound } from './sounds.ts'

export function Preferences({ now, unsent }: { now: Snapshot; unsent: number }) {
  const texts = useTexts()
  const { texts: shared, format } = useLanguage()
  const { viewer, client } = now.known.start
  const [sound, setSound] = useState(soundIsOn)
  const install = useInstall()
  const signedIn = shared.preferences.signedInAs(viewer.name, shared.status[viewer.role] ?? viewer.role)
  return (
    <PreferencesMenu icon={20} who={`${client.name} · ${signedIn}`}>
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
    </PreferencesMenu>
  )
}
