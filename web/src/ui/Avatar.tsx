/** A customer: initials in a square, ringed by what is left of the 24-hour window. */

import type { CSSProperties, ReactNode } from 'react'
import type { Window24 } from '../lib/window'
import { RING } from './ringPath'

interface SquareProps {
  id: string
  initials: string
  /** Without it the square has no ring. */
  window?: Window24
  waiting?: boolean
  unread?: number
  /** Small signs: one at its foot, one at its corner. */
  mark?: ReactNode
  corner?: ReactNode
  size?: number
}

/** One of six quiet grounds, always the same for one contact. */
export function hueOf(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0
  return (sum % 6) + 1
}

export function Square({
  id,
  initials,
  window,
  waiting = false,
  unread = 0,
  mark,
  corner,
  size,
}: SquareProps) {
  const style: Record<string, string | number> = { '--left': window?.left ?? 0 }
  if (size) style['--size'] = `${size}px`
  return (
    <span
      className={window ? 'sq' : 'sq is-bare'}
      data-hue={hueOf(id)}
      data-window={window?.state}
      style={style as CSSProperties}
      aria-hidden="true"
    >
      <svg className="sq-ring" viewBox="0 0 50 50" aria-hidden="true">
        <path className="track" pathLength={100} d={RING} />
        <path className="left" pathLength={100} d={RING} />
      </svg>
      <span className="sq-face">{initials}</span>
      {waiting && <span className="sq-dot" />}
      {unread > 0 && <span className="sq-unread">{unread > 99 ? '99+' : unread}</span>}
      {mark && <span className="sq-mark">{mark}</span>}
      {corner && <span className="sq-corner">{corner}</span>}
    </span>
  )
}
