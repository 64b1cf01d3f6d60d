import type { UserError } from '../../api/live.ts'
import { useLanguage } from '../../language/language.tsx'

/** Why something could not be done: in the reader's words, with what the server says of this case. */
export function Problem({ of }: { of: UserError | undefined }) {
  const { texts, language } = useLanguage()
  if (!of) return null
  const known = texts.errors[of.code]
  return (
    <p class="message bad" role="alert">
      <span>
        {known ?? of.message}
        {known !== undefined && of.code !== 'UNAVAILABLE' && (
          <span class="soft" lang={language === 'en' ? undefined : 'en'}>
            {' '}
            {of.message}
          </span>
        )}
      </span>
    </p>
  )
}
