/** The 24-hour window after a customer's last message. */

export type WindowState = 'ample' | 'low' | 'last' | 'closed'

export interface Window24 {
  state: WindowState
  /** The percentage that is left. */
  left: number
  leftMs: number
}

const HOUR_MS = 3_600_000

export function windowAt(endsAt: string | null | undefined, now: number): Window24 {
  const leftMs = endsAt ? Math.max(0, Date.parse(endsAt) - now) : 0
  const left = Math.round(Math.min(100, leftMs / (0.24 * HOUR_MS)) * 10) / 10
  const state = leftMs === 0 ? 'closed' : leftMs < HOUR_MS ? 'last' : leftMs < 6 * HOUR_MS ? 'low' : 'ample'
  return { state, left, leftMs }
}

/** With less left than this, the ticket is listed in the view `closing`. */
const CLOSES_SOON_MS = 2 * HOUR_MS

export function closesSoon(endsAt: string | null | undefined, now: number): boolean {
  const { leftMs } = windowAt(endsAt, now)
  return leftMs > 0 && leftMs < CLOSES_SOON_MS
}
