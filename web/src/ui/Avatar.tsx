/** A contact's initials in a square, with the rest of the 24-hour window as a ring. */

import type { CSSProperties, ReactNode } from 'react'
import type { Window24 } from '../lib/window'
import { RING_PATH } from './ringPath'

interface AvatarProps {
  id: string
  initials: string
  /** Draws the ring; no ring without it. */
  window?: Window24
  waiting?: boolean
  unread?: number
  /** The last answer failed: the icon at the bottom left warns. */
  failed?: boolean
  /** Small icons at the bottom left and the top right. */
  bottomBadge?: ReactNode
  topBadge?: ReactNode
  size?: number
}

/** One of six background colours, always the same for one contact. */
export function hueFor(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0
  return (sum % 6) + 1
}

export function Avatar({
  id,
  initials,
  window,
  waiting = false,
  unread = 0,
  failed = false,
  bottomBadge,
  topBadge,
  size,
}: AvatarProps) {
  const style: Record<string, string | number> = { '--left': window?.left ?? 0 }
  if (size) style['--size'] = `${size}px`
  return (
    <span
      className={window ? 'avatar' : 'avatar is-bare'}
      data-hue={hueFor(id)}
      data-window={window?.state}
      style={style as CSSProperties}
      aria-hidden="true"
    >
      <svg className="avatar-ring" viewBox="0 0 50 50" aria-hidden="true">
        <path className="track" pathLength={100} d={RING_PATH} />
        <path className="left" pathLength={100} d={RING_PATH} />
      </svg>
      <span className="avatar-initials">{initials}</span>
      {waiting && <span className="avatar-dot" />}
      {unread > 0 && <span className="avatar-unread">{unread > 99 ? '99+' : unread}</span>}
      {bottomBadge && (
        <span className={failed ? 'avatar-badge-bottom is-failed' : 'avatar-badge-bottom'}>
          {bottomBadge}
        </span>
      )}
      {topBadge && <span className="avatar-badge-top">{topBadge}</span>}
    </span>
  )
}
