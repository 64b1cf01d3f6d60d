/** Screens in files of their own, loaded when somebody goes there. */
import type { ComponentType } from 'preact'
import { lazy } from 'preact-iso'

const KEY = 'backfill.loaded-again-at'
const ASK_EVERY_MS = 1500
const AT_MOST_EVERY_MS = 10_000

/** The screen that `load` gets; what one came from stays until it is there. */
export function screen(load: () => Promise<ComponentType>) {
  return lazy(() => load().catch(loadPageAgain))
}

/**
 * A file that can't be had has another name since an upgrade, or the server is away. As soon as it answers, the page
 * is loaded again, at the address one wanted to go to.
 */
async function loadPageAgain(): Promise<never> {
  while (!(await answers())) await pass(ASK_EVERY_MS)
  const last = Number(sessionStorage.getItem(KEY) ?? 0)
  await pass(Math.min(AT_MOST_EVERY_MS, Math.max(0, last + AT_MOST_EVERY_MS - Date.now())))
  sessionStorage.setItem(KEY, String(Date.now()))
  location.reload()
  return new Promise(() => undefined)
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch('/healthz')).ok
  } catch {
    return false
  }
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
