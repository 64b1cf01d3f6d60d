/** Light or dark: as the device has it, or as the reader chose. Set on the document before anything is shown. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'backfill.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

/** What the reader chose. */
export function chosenTheme(): Theme {
  const chosen = localStorage.getItem(KEY)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

/** Remember the choice and show it. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  show()
}

function show(): void {
  const theme = chosenTheme()
  document.documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
}

dark.addEventListener('change', show)
show()
