/** The scanner's texts in the reader's language. All are there from the start: offline there is nobody to ask. */
import { useLanguage, type Language } from '../../language/language.tsx'
import { en, type ScanTexts } from './en.ts'
import { id } from './id.ts'
import { ja } from './ja.ts'

export const TEXTS: Record<Language, ScanTexts> = { en, id, ja }

export function useTexts(): ScanTexts {
  return TEXTS[useLanguage().language]
}
