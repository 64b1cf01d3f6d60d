/** Which language the reader wants, its texts and its formats. English is always there; others are loaded. */
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useState } from 'preact/hooks'

import { en, type Texts } from './en.ts'
import { formatsOf, type Format } from './format.ts'

export const LANGUAGES = { en: 'English', id: 'Bahasa Indonesia', ja: '日本語' } as const
export type Language = keyof typeof LANGUAGES

const KEY = 'backfill.language'

const loading: Record<Language, () => Promise<Texts>> = {
  en: () => Promise.resolve(en),
  id: async () => (await import('./id.ts')).id,
  ja: async () => (await import('./ja.ts')).ja,
}

interface Spoken {
  language: Language
  texts: Texts
  format: Format
  choose: (language: Language) => void
}

const Context = createContext<Spoken | null>(null)

function preferred(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return wanted.find((tag): tag is Language => tag !== null && tag in LANGUAGES) ?? 'en'
}

/** Gives what is inside the reader's language; shows it as soon as its texts are there. */
export function LanguageProvider({ children }: { children: ComponentChildren }) {
  const [language, setLanguage] = useState(preferred)
  const [loaded, setLoaded] = useState<{ language: Language; texts: Texts }>()
  useEffect(() => {
    let wanted = true
    const show = (texts: Texts, of: Language): void => {
      if (!wanted) return
      document.documentElement.lang = of
      setLoaded({ language: of, texts })
    }
    loading[language]().then(
      (texts) => show(texts, language),
      // A board without its language is of more use than none.
      () => show(en, 'en'),
    )
    return () => {
      wanted = false
    }
  }, [language])
  const spoken = useMemo<Spoken | null>(
    () =>
      loaded
        ? {
            language: loaded.language,
            texts: loaded.texts,
            format: formatsOf(loaded.language),
            choose: (chosen) => {
              localStorage.setItem(KEY, chosen)
              setLanguage(chosen)
            },
          }
        : null,
    [loaded],
  )
  return spoken && <Context.Provider value={spoken}>{children}</Context.Provider>
}

/** The reader's language. */
export function useLanguage(): Spoken {
  const spoken = useContext(Context)
  if (!spoken) throw new Error('useLanguage is for what is inside a LanguageProvider')
  return spoken
}
