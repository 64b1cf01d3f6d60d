/**
 * Values over days as bars, or shares as a curve. Drawn in the page itself: a library for two charts would weigh
 * as much as the board. Whoever can't see it, or wants figures, has the same as a table.
 */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { useLanguage } from '../../language/language.tsx'
import { dayOf, daysBetween, scaleTo } from './days.ts'

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [210, 46, 24, 10, 24]
const [FIRST_WIDTH, NARROWEST] = [720, 260]
const FEWEST_PIXELS_PER_LABEL = 70

interface Point {
  day: string
  value: number
}

export function DayChart({
  kind,
  label,
  from,
  until,
  points,
}: {
  kind: 'bars' | 'curve'
  label: string
  from: string
  until: string
  points: Point[]
}) {
  const { texts, format } = useLanguage()
  const [asTable, setAsTable] = useState(false)
  const shown = (value: number): string => (kind === 'curve' ? format.percent(value) : format.number(value))
  return (
    <figure class="stack" style={{ gap: '4px' }}>
      {asTable ? (
        <div class="scroll" tabIndex={0} role="region" aria-label={label} style={{ maxHeight: '260px' }}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.report.day}</th>
                <th scope="col" class="num">
                  {label}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.map((point) => (
                <tr key={point.day}>
                  <th scope="row">{format.day(point.day)}</th>
                  <td class="num">{shown(point.value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Drawing {...{ kind, label, points, shown }} days={daysBetween(from, until)} />
      )}
      <div>
        <button type="button" class="button plain small" onClick={() => setAsTable(!asTable)}>
          {asTable ? texts.report.chart : texts.report.table}
        </button>
      </div>
    </figure>
  )
}

function Drawing({
  kind,
  label,
  points,
  days,
  shown,
}: {
  kind: 'bars' | 'curve'
  label: string
  points: Point[]
  days: string[]
  shown: (value: number) => string
}) {
  const { format } = useLanguage()
  const [drawing, width] = useWidth()
  const scale = kind === 'curve' ? [0, 0.25, 0.5, 0.75, 1] : scaleTo(Math.max(...points.map((one) => one.value), 0))
  const most = scale.at(-1) ?? 1
  const step = (width - LEFT - RIGHT) / Math.max(1, days.length)
  const x = (day: string): number => LEFT + step * (days.indexOf(day) + 0.5)
  const y = (value: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most)
  const every = Math.max(1, Math.ceil(FEWEST_PIXELS_PER_LABEL / step))
  const today = dayOf(Date.now())
  const seen = points.filter((point) => days.includes(point.day))
  return (
    <svg class="chart" ref={drawing} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {scale.map((value) => (
        <g key={value}>
          <line class="grid" x1={LEFT} x2={width - RIGHT} y1={y(value)} y2={y(value)} />
          <text x={LEFT - 7} y={y(value) + 4} text-anchor="end">
            {shown(value)}
          </text>
        </g>
      ))}
      {days
        .filter((_, index) => (days.length - 1 - index) % every === 0)
        .map((day) => (
          <text key={day} x={x(day)} y={HEIGHT - 6} text-anchor="middle">
            {format.day(day)}
          </text>
        ))}
      {kind === 'bars' ? (
        seen.map((point) => (
          <rect
            key={point.day}
            class={point.day === today ? 'bars partial' : 'bars'}
            x={x(point.day) - Math.min(18, step * 0.34)}
            width={Math.min(36, step * 0.68)}
            y={y(point.value)}
            height={HEIGHT - BOTTOM - y(point.value)}
          >
            <title>{`${format.day(point.day)}: ${shown(point.value)}`}</title>
          </rect>
        ))
      ) : (
        <>
          <polyline class="curve" points={seen.map((point) => `${x(point.day)},${y(point.value)}`).join(' ')} />
          {seen.map((point) => (
            <circle key={point.day} class="point" cx={x(point.day)} cy={y(point.value)} r="3">
              <title>{`${format.day(point.day)}: ${shown(point.value)}`}</title>
            </circle>
          ))}
        </>
      )}
    </svg>
  )
}

/** How wide a drawing is shown, so that its letters are as large as all others, on a phone too. */
function useWidth(): [RefObject<SVGSVGElement | null>, number] {
  const drawing = useRef<SVGSVGElement>(null)
  const [width, setWidth] = useState(FIRST_WIDTH)
  // Before it is shown, so that it is not shown at another width first.
  useLayoutEffect(() => {
    if (!drawing.current) return
    setWidth(Math.max(NARROWEST, Math.round(drawing.current.getBoundingClientRect().width)))
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(NARROWEST, Math.round(entry.contentRect.width)))
    })
    observer.observe(drawing.current)
    return () => observer.disconnect()
  }, [])
  return [drawing, width]
}
