/** Numbers, dates and durations as people of a language write them. Times are shown in the reader's time zone. */
export interface Format {
  number: (value: number) => string
  percent: (value: number) => string
  date: (iso: string) => string
  time: (iso: string) => string
  dateTime: (iso: string) => string
  /** A day such as 2026-03-31, which belongs to no time zone. */
  day: (day: string) => string
  duration: (milliseconds: number) => string
}

const DAY = 86_400_000

/** The formats of a language. */
export function formatsOf(language: string): Format {
  const number = new Intl.NumberFormat(language)
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
  const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric' })
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const dateTime = new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return {
    number: (value) => number.format(value),
    percent: (value) => percent.format(value),
    date: (iso) => date.format(new Date(iso)),
    time: (iso) => time.format(new Date(iso)),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    day: (iso) => day.format(new Date(`${iso}T00:00:00Z`)),
    duration,
  }
}

/** Days, hours, minutes and seconds, as clocks show them: 1:04:09; two days and more as 2d 04:09. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (milliseconds >= 2 * DAY) return `${Math.floor(hours / 24)}d ${two(hours % 24)}:${two(minutes)}`
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${two(minutes)}:${two(seconds % 60)}`
}
