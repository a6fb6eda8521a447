/** Times that a dialog offers, on the reader's calendar. */

import { t } from '@lingui/core/macro'
import { formatDayAndTime, formatTime } from '../../lib/time'

export interface TimePreset {
  label: string
  at: Date
}

const HOUR_MS = 3_600_000
const MONDAY = 1

/** `days` from today at a local time. */
function dayAt(now: number, days: number, hour: number, minute = 0): Date {
  const day = new Date(now)
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute)
}

/** A preset's time, with the date only when it is later than tomorrow: "14:00", "30/11, 08:30". */
export function formatPresetTime(at: Date, now: number): string {
  const inTwoDays = dayAt(now, 2, 0)
  return at < inTwoDays ? formatTime(at.toISOString()) : formatDayAndTime(at.toISOString(), now)
}

/** The presets that are still in the future, soonest first. */
export function timePresets(now: number): TimePreset[] {
  const toMonday = (MONDAY - new Date(now).getDay() + 7) % 7 || 7
  const all: TimePreset[] = [
    { label: t`Em 1 hora`, at: new Date(Math.ceil((now + HOUR_MS) / 60_000) * 60_000) },
    { label: t`Hoje à tarde`, at: dayAt(now, 0, 14) },
    { label: t`Fim do dia`, at: dayAt(now, 0, 17) },
    { label: t`Amanhã cedo`, at: dayAt(now, 1, 8, 30) },
    { label: t`Amanhã à tarde`, at: dayAt(now, 1, 14) },
    { label: t`Na segunda`, at: dayAt(now, toMonday, 8, 30) },
  ]
  const ahead = all
    .filter(({ at }) => at.getTime() > now + HOUR_MS / 2)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return ahead.filter(({ at }, n) => at.getTime() !== ahead[n - 1]?.at.getTime())
}

const TIME_TO_ANSWER_MS = HOUR_MS / 4

/** The last minute that leaves time to answer before the window closes; null when it has passed. */
export function lastSafeTime(windowEndsAt: string | null, now: number): Date | null {
  if (windowEndsAt === null) return null
  const safe = new Date(windowEndsAt).getTime() - TIME_TO_ANSWER_MS
  return safe > now ? new Date(Math.floor(safe / 60_000) * 60_000) : null
}
