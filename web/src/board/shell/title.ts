import { useEffect } from 'preact/hooks'

/** Name the screen in the window's title, which screen readers tell and tabs show. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Backfill`
  }, [title])
}
