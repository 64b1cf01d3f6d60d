/** Small parts that every screen is made of. */
import type { ComponentChildren, TargetedMouseEvent } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

import { useLanguage } from '../language/language.tsx'

export type Tone = 'plain' | 'good' | 'coming' | 'warn' | 'bad'

/** What tone a status has, wherever it is shown. */
export function toneOf(status: string): Tone {
  if (['FULL', 'FAILED', 'CANCELLED', 'OC_REJECTED', 'CANCELLED_CHECK_REJECTION'].includes(status)) return 'bad'
  if (
    ['PARTIAL', 'PARTIALLY_CANCELLED', 'SKIPPED', 'BACK_ORDER', 'CANCELLED_BY_CUSTOMER', 'DONE_NOT_INVOICED'].includes(
      status,
    )
  )
    return 'warn'
  if (['COMPLETED', 'DELIVERED', 'SHIPPED', 'SUCCEEDED', 'OC_CONFIRMED'].includes(status)) return 'good'
  if (['RUNNING', 'COMMIT', 'PACKED', 'PARTIALLY_DELIVERED', 'PARTIALLY_PROCESSED'].includes(status)) return 'coming'
  return 'plain'
}

/** A status as a chip, in the reader's words. */
export function Status({ of }: { of: string }) {
  const { texts } = useLanguage()
  return <span class={`chip ${toneOf(of)}`}>{texts.status[of] ?? of}</span>
}

export function Field({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  )
}

/** What stands in for content that is not there: it is coming, it failed, or there is none. */
export function Waiting({
  of: { data, error, loading, reload },
}: {
  of: { data: unknown; error: string | undefined; loading: boolean; reload: () => void }
}) {
  const { texts } = useLanguage()
  if (data === undefined && loading) return <p class="empty">{texts.common.loading} …</p>
  if (error !== undefined)
    return (
      <div class="message bad" role="alert">
        <span>
          {texts.common.failed} <span class="soft">{error}</span>
        </span>
        <button type="button" class="button small" onClick={reload}>
          {texts.common.retry}
        </button>
      </div>
    )
  return null
}

/** A modal dialog; Escape, its close button and a click beside it close it, and focus returns where it was. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string
  onClose: () => void
  children: ComponentChildren
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event: TargetedMouseEvent<HTMLDialogElement>) => {
        if (event.target === dialog.current) onClose()
      }}
    >
      <div>
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}

/** A figure of importance, with what it is. */
export function Figure({ label, bad = false, children }: { label: string; bad?: boolean; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{label}</dt>
      <dd class={bad ? 'bad' : undefined}>{children}</dd>
    </div>
  )
}

/** The time now, again every second; for what counts down. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** How long until a moment, counting down. */
export function Countdown({ to }: { to: string }) {
  const { texts, format } = useLanguage()
  const left = new Date(to).getTime() - useNow()
  return <span>{left <= 0 ? texts.schedule.dueNow : texts.schedule.inTime(format.duration(left))}</span>
}

/** Whether a value has just changed: for a second and a half after it did. */
export function useChanged(value: unknown): boolean {
  const before = useRef(value)
  const [changed, setChanged] = useState(false)
  useEffect(() => {
    if (Object.is(before.current, value)) return
    before.current = value
    setChanged(true)
    const timer = setTimeout(() => setChanged(false), 1600)
    return () => clearTimeout(timer)
  }, [value])
  return changed
}
