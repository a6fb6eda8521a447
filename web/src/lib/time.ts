/** Times and durations in words, in the local time zone. */

import { t } from '@lingui/core/macro'
import { useSyncExternalStore } from 'react'
import { onCorrection, serverNow } from './serverClock'

const LOCALE = 'pt-BR'
const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' })
const longDay = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', day: 'numeric', month: 'long' })
const longDayYear = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'long', year: 'numeric' })
const shortDay = new Intl.DateTimeFormat(LOCALE, { day: '2-digit', month: '2-digit' })
const MINUTE_MS = 60_000

export const formatTime = (at: string): string => clock.format(new Date(at))

/** Calendar days from `at` to `now` in the local time zone. */
function daysAgo(at: Date, now: number): number {
  const today = new Date(now)
  const from = Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
  return Math.round((Date.UTC(today.getFullYear(), today.getMonth(), today.getDate()) - from) / 86_400_000)
}

/** "Hoje, quarta-feira, 11 de março": the heading above the messages of a day. */
export function formatDayHeading(at: string, now: number): string {
  const date = new Date(at)
  const ago = daysAgo(date, now)
  const day = longDay.format(date)
  if (ago === 0) return t`Hoje, ${day}`
  if (ago === 1) return t`Ontem, ${day}`
  if (Math.abs(ago) > 300) return longDayYear.format(date)
  return day.charAt(0).toUpperCase() + day.slice(1)
}

export const isSameDay = (a: string, b: string): boolean =>
  new Date(a).toDateString() === new Date(b).toDateString()

/** The shortest form: "09:21", "ontem", "08/03". */
export function formatShortTime(at: string, now: number): string {
  const ago = daysAgo(new Date(at), now)
  if (ago === 0) return formatTime(at)
  if (ago === 1) return t`ontem`
  return shortDay.format(new Date(at))
}

/** "hoje, 09:21", "amanhã, 09:21", "ontem, 18:32", "08/03, 10:00". */
export function formatDayAndTime(at: string, now: number): string {
  const hour = formatTime(at)
  const ago = daysAgo(new Date(at), now)
  if (ago === 0) return t`hoje, ${hour}`
  if (ago === -1) return t`amanhã, ${hour}`
  if (ago === 1) return t`ontem, ${hour}`
  return `${shortDay.format(new Date(at))}, ${hour}`
}

/** "11 de março de 2026". */
export const formatDate = (at: string): string => longDayYear.format(new Date(at))

/** A duration in at most two units: "23 h 54 min", "39 min"; in days from two days on. */
export function formatDuration(ms: number, exact = true): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE_MS))
  const hours = Math.floor(minutes / 60)
  if (hours === 0) return t`${minutes} min`
  if (hours >= 48) {
    const days = Math.floor(hours / 24)
    return t`${days} dias`
  }
  const rest = minutes % 60
  return exact && rest > 0 ? t`${hours} h ${rest} min` : t`${hours} h`
}

const listeners = new Set<() => void>()
let now = serverNow()
let timer: ReturnType<typeof setInterval> | undefined

function update(): void {
  now = serverNow()
  for (const tell of listeners) tell()
}
onCorrection(update)

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = serverNow()
    timer = setInterval(update, 15_000)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** The current time by the server's clock, updated every 15 seconds; one clock for the whole page. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)
